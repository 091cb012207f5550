import fc from 'fast-check';
import { defaultPolicyDocument, type PolicyDocument } from '#libs/domain';
import { policyChanges } from './policy-changes.js';

const changed = (change: Partial<PolicyDocument>): PolicyDocument => ({
  ...structuredClone(defaultPolicyDocument),
  ...change,
});
const [first, second, ...others] = defaultPolicyDocument.reasonCodes;

describe('What differs between two policies', () => {
  it('is nothing between one and itself, whatever it is', () => {
    fc.assert(fc.property(fc.jsonValue(), (any) => policyChanges(any, structuredClone(any)).length === 0));
    expect(policyChanges(defaultPolicyDocument, changed({}))).toEqual([]);
  });

  it('is something between two that are not the same, whatever they are', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        // -0 is 0 in JSON
        fc.pre(JSON.stringify(one) !== JSON.stringify(other));
        const isSame =
          policyChanges(JSON.parse(JSON.stringify(one)), JSON.parse(JSON.stringify(other))).length === 0;
        // the order of keys means nothing
        if (isSame) expect(JSON.parse(JSON.stringify(one))).toEqual(JSON.parse(JSON.stringify(other)));
      }),
    );
  });

  it('is told by the places, smallest first in the alphabet', () => {
    const to = changed({ hold: false, humanAllowDays: 90 });
    to.categories['sexual/explicit'] = { fast: { review: 0.1, block: null } };
    to.surfaces['constructor'] = { hold: true };
    delete to.surfaces['chat'];
    expect(policyChanges(defaultPolicyDocument, to)).toEqual([
      { path: 'categories.sexual/explicit.deep', kind: 'removed', from: { review: 0.3, block: 0.9 } },
      { path: 'categories.sexual/explicit.fast.block', kind: 'changed', from: 0.97, to: null },
      { path: 'categories.sexual/explicit.fast.review', kind: 'changed', from: 0.2, to: 0.1 },
      { path: 'hold', kind: 'changed', from: true, to: false },
      { path: 'humanAllowDays', kind: 'changed', from: 180, to: 90 },
      { path: 'surfaces.chat', kind: 'removed', from: { hold: false } },
      { path: 'surfaces.constructor', kind: 'added', to: { hold: true } },
    ]);
  });

  it('names a reason by its code, wherever it stands', () => {
    const without = changed({ reasonCodes: [second!, ...others] });
    expect(policyChanges(defaultPolicyDocument, without)).toEqual([
      { path: 'reasonCodes.sexual_explicit', kind: 'removed', from: first },
    ]);
    const reworded = changed({ reasonCodes: [{ ...first!, label: 'Explicit' }, second!, ...others] });
    expect(policyChanges(defaultPolicyDocument, reworded)).toEqual([
      { path: 'reasonCodes.sexual_explicit.label', kind: 'changed', from: first!.label, to: 'Explicit' },
    ]);
    const swapped = changed({ reasonCodes: [second!, first!, ...others] });
    expect(policyChanges(defaultPolicyDocument, swapped).map(({ path }) => path)).toEqual([
      'reasonCodes.order',
    ]);
  });
});
