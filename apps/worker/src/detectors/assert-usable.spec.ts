import { aDetector } from '../../../../test/builders/detector.builder.js';
import { assertDistinct, assertRoutesScored } from './assert-usable.js';
import { DetectorError } from './detector-error.js';

const waitingFor = (category: string) => ({ route: [{ category, atLeast: 0.5 }] });

describe('Detectors beside each other', () => {
  it('may wait for scores of the fast tier and of generals, rules or models', () => {
    const detectors = [
      aDetector('qr-code', ['spam/qr-code']),
      aDetector('of-fast', ['a/b'], waitingFor('sexual/explicit')),
      aDetector('of-general', ['a/c'], waitingFor('spam/qr-code')),
    ];
    expect(() => assertRoutesScored(detectors, ['sexual/explicit'])).not.toThrow();
  });

  it('are refused when one waits for what nobody scores, or only a specialist', () => {
    const detectors = [
      aDetector('blues', ['colour/blue'], waitingFor('colour/red')),
      aDetector('lost', ['colour/green'], waitingFor('colour/blue')),
    ];
    const start = () => assertRoutesScored(detectors, ['colour/red']);
    expect(start).toThrow(DetectorError);
    expect(start).toThrow(/detector lost: its route waits for a score of colour\/blue/);
  });

  it('are refused when two have one name', () => {
    const start = () => assertDistinct([aDetector('twin', ['a/b']), aDetector('twin', ['a/c'])]);
    expect(start).toThrow(DetectorError);
    expect(start).toThrow(/detector twin: there are two/);
  });
});
