import { describe, expect, it } from '@jest/globals';
import type { DoneFault, GatewayEnd } from '../faults/fault-log.js';
import type { ClientUpload } from './client-view.js';
import { explainLostAllows } from './lost-allows.js';

const killedAt = 100_000;
const killed = (over: Partial<GatewayEnd> = {}): GatewayEnd => ({
  gateway: 'gateway-1',
  at: killedAt,
  how: 'killed',
  waiting: 1,
  readAt: killedAt - 10,
  ...over,
});

const allowed = (endedAt: number, gateway = 'gateway-1'): ClientUpload =>
  ({
    begun: { reference: `at-${endedAt}` },
    attempts: [{ kind: 'attempt', upload: 1, gateway, sentAt: endedAt - 20, endedAt }],
  }) as unknown as ClientUpload;

const outage = (kind: DoneFault['kind'], from: number, until: number): DoneFault => ({
  kind,
  what: kind,
  from,
  until,
  recoveredAt: until,
  last: undefined,
});

const explain = (lost: ClientUpload[], gatewayEnds: GatewayEnd[], faults: DoneFault[] = []) =>
  explainLostAllows(lost, lost, { faults, gatewayEnds, roughEnds: [] }, 'kafka');

describe('An allow that the ledger lacks', () => {
  it('is explained by a gateway that was killed just after it', () => {
    expect(explain([allowed(killedAt - 150)], [killed()])).toMatchObject({ lost: 1, unexplained: [] });
  });

  it('is not explained by one that was killed long after it, nor by another gateway’s end', () => {
    const lost = [allowed(killedAt - 5_000), allowed(killedAt - 150, 'gateway-2')];
    expect(explain(lost, [killed()]).unexplained).toHaveLength(2);
  });

  it('is explained since the outage of the bus began in which its gateway ended, in order too', () => {
    const lost = [allowed(killedAt - 5_000)];
    const faults = [outage('stop broker', killedAt - 6_000, killedAt + 1_000)];
    expect(explain(lost, [killed()], faults).unexplained).toEqual([]);
    expect(explain(lost, [killed({ how: 'ended in order' })], faults).unexplained).toEqual([]);
    expect(explain(lost, [killed()], [outage('slow s3', 0, killedAt)]).unexplained).toHaveLength(1);
  });

  it('is never explained by a gateway that ended in order while the bus was there', () => {
    const result = explain([allowed(killedAt - 50)], [killed({ how: 'ended in order' })]);
    expect(result).toMatchObject({ bound: 0, unexplained: [`at-${killedAt - 50}`] });
  });

  it('is one too many beyond what waited, one batch, and what came after the reading', () => {
    const lost = Array.from({ length: 130 }, (_, at) => allowed(killedAt - 500 - at));
    expect(explain(lost, [killed({ waiting: 20 })])).toMatchObject({ bound: 120 });
    expect(explain(lost, [killed({ waiting: 20 })]).unexplained).toHaveLength(10);
  });
});
