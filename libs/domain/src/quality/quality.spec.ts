import fc from 'fast-check';
import { cohensKappa } from './cohens-kappa.js';
import { proportionOf } from './proportion.js';

describe('a proportion', () => {
  it('has the interval of published examples', () => {
    // Brown, Cai and DasGupta (2001) and R's prop.test(correct = FALSE): 15 of 20
    const fifteenOfTwenty = proportionOf(15, 20)!;
    expect(fifteenOfTwenty.lower).toBeCloseTo(0.5313, 4);
    expect(fifteenOfTwenty.upper).toBeCloseTo(0.8881, 4);
    const noneOfTen = proportionOf(0, 10)!;
    expect(noneOfTen.lower).toBe(0);
    expect(noneOfTen.upper).toBeCloseTo(0.2775, 4);
  });

  it('of nothing is unknown, and of too many an error', () => {
    expect(proportionOf(0, 0)).toBeUndefined();
    expect(() => proportionOf(2, 1)).toThrow(RangeError);
    expect(() => proportionOf(Number.NaN, 1)).toThrow(RangeError);
  });

  it('lies in its interval, which narrows with more trials of the same share', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.integer({ min: 0, max: 1000 }), (trials, some) => {
        const successes = some % (trials + 1);
        const few = proportionOf(successes, trials)!;
        const many = proportionOf(successes * 10, trials * 10)!;
        expect(few.lower).toBeLessThanOrEqual(few.value);
        expect(few.upper).toBeGreaterThanOrEqual(few.value);
        expect(many.upper - many.lower).toBeLessThan(few.upper - few.lower);
      }),
    );
  });
});

describe("Cohen's kappa", () => {
  it('is that of worked examples', () => {
    expect(cohensKappa({ bothAllow: 20, allowBlock: 5, blockAllow: 10, bothBlock: 15 })!.value).toBeCloseTo(
      0.4,
      10,
    );
    expect(cohensKappa({ bothAllow: 45, allowBlock: 15, blockAllow: 25, bothBlock: 15 })!.value).toBeCloseTo(
      0.1304,
      4,
    );
    expect(cohensKappa({ bothAllow: 25, allowBlock: 35, blockAllow: 5, bothBlock: 35 })!.value).toBeCloseTo(
      0.2593,
      4,
    );
  });

  it('has a standard error that a simulation by resampling gives, too', () => {
    const table = { bothAllow: 200, allowBlock: 50, blockAllow: 100, bothBlock: 150 };
    const { lower, upper } = cohensKappa(table)!;
    const draw = uniform(7);
    const kappas = Array.from({ length: 400 }, () => {
      const resampled = { bothAllow: 0, allowBlock: 0, blockAllow: 0, bothBlock: 0 };
      for (let pair = 0; pair < 500; pair++) {
        const at = draw();
        if (at < 0.4) resampled.bothAllow++;
        else if (at < 0.5) resampled.allowBlock++;
        else if (at < 0.7) resampled.blockAllow++;
        else resampled.bothBlock++;
      }
      return cohensKappa(resampled)!.value;
    });
    const mean = kappas.reduce((sum, kappa) => sum + kappa, 0) / kappas.length;
    const deviation = Math.sqrt(kappas.reduce((sum, kappa) => sum + (kappa - mean) ** 2, 0) / kappas.length);
    expect((upper - lower) / 2 / 1.96).toBeGreaterThan(deviation * 0.85);
    expect((upper - lower) / 2 / 1.96).toBeLessThan(deviation * 1.15);
  });

  it('is 1 for people who always agree, and unknown where chance alone would', () => {
    expect(cohensKappa({ bothAllow: 5, allowBlock: 0, blockAllow: 0, bothBlock: 5 })).toEqual({
      value: 1,
      lower: 1,
      upper: 1,
    });
    expect(cohensKappa({ bothAllow: 9, allowBlock: 0, blockAllow: 0, bothBlock: 0 })).toBeUndefined();
    expect(cohensKappa({ bothAllow: 0, allowBlock: 0, blockAllow: 0, bothBlock: 0 })).toBeUndefined();
  });

  it('does not change with who is called first, and stays within -1 and 1', () => {
    const count = fc.integer({ min: 0, max: 500 });
    fc.assert(
      fc.property(count, count, count, count, (bothAllow, bothBlock, allowBlock, blockAllow) => {
        const one = cohensKappa({ bothAllow, bothBlock, allowBlock, blockAllow });
        const other = cohensKappa({ bothAllow, bothBlock, allowBlock: blockAllow, blockAllow: allowBlock });
        if (!one || !other) return expect(one).toEqual(other);
        expect(one.value).toBeCloseTo(other.value, 9);
        expect(one.lower).toBeCloseTo(other.lower, 9);
        expect(one.value).toBeGreaterThanOrEqual(-1);
        expect(one.value).toBeLessThanOrEqual(1);
      }),
    );
  });
});

/** Numbers in [0, 1), the same for the same seed: Marsaglia's xorshift32. */
const uniform = (seed: number): (() => number) => {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
};
