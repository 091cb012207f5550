import { pickForAudit } from './audit-pick.js';

const ids = Array.from({ length: 20_000 }, (_, at) => `0199-${at}:content.submitted`);

describe('pickForAudit', () => {
  it('picks the same contents on every delivery', () => {
    expect(ids.map((id) => pickForAudit(id, 0.1))).toEqual(ids.map((id) => pickForAudit(id, 0.1)));
  });

  it('picks at the rate that it states', () => {
    const picked = ids.map((id) => pickForAudit(id, 0.1)).filter((each) => each !== null);
    // five standard deviations of a binomial: √(20 000 · 0.1 · 0.9) ≈ 42
    expect(Math.abs(picked.length - 2_000)).toBeLessThan(5 * 42);
    expect(new Set(picked.map(({ propensity }) => propensity))).toEqual(new Set([0.1]));
  });

  it('picks nothing at a rate of 0 and everything at 1', () => {
    expect(ids.some((id) => pickForAudit(id, 0))).toBe(false);
    expect(ids.every((id) => pickForAudit(id, 1))).toBe(true);
  });
});
