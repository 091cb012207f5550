import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { calibrate, type Calibration, calibrationSchema } from './calibration.js';

const stairs: Calibration = {
  method: 'isotonic',
  points: [
    [0.2, 0.1],
    [0.4, 0.1],
    [0.8, 0.9],
  ],
};
const methods: Calibration[] = [
  { method: 'platt', slope: 0.7, intercept: -1 },
  { method: 'temperature', temperature: 2.5 },
  stairs,
];

describe('a calibration', () => {
  it.each(methods)('by $method stays within 0–1 and keeps the order of scores', (calibration) => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(share, share, (a, b) => {
        const [low, high] = [Math.min(a, b), Math.max(a, b)].map((p) => calibrate(p, calibration));
        expect(low).toBeLessThanOrEqual(high! + 1e-12);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
      }),
    );
  });

  it('by Platt’s two numbers moves the logit', () => {
    expect(calibrate(0.5, { method: 'platt', slope: 3, intercept: 0 })).toBe(0.5);
    expect(calibrate(0.5, { method: 'platt', slope: 3, intercept: 2 })).toBeCloseTo(1 / (1 + Math.exp(-2)));
  });

  it('by a temperature above 1 makes scores less sure, and leaves even odds alone', () => {
    const warm: Calibration = { method: 'temperature', temperature: 2 };
    expect(calibrate(0.9, warm)).toBeCloseTo(0.75, 9); // odds 9, of which the root is 3
    expect(calibrate(0.5, warm)).toBe(0.5);
    expect(calibrate(0, warm)).toBe(0);
    expect(calibrate(1, warm)).toBe(1);
  });

  it.each([
    [0, 0.1],
    [0.2, 0.1],
    [0.3, 0.1],
    [0.6, 0.5],
    [0.8, 0.9],
    [1, 0.9],
  ])('by points turns %d into %d', (share, score) => {
    expect(calibrate(share, stairs)).toBeCloseTo(score, 12);
  });

  it('of older manifests, which have the two numbers alone, is Platt’s', () => {
    expect(calibrationSchema.parse({ slope: 2, intercept: 1 })).toEqual({
      method: 'platt',
      slope: 2,
      intercept: 1,
    });
  });

  it.each([
    ['a method that is none', { method: 'spline', knots: [] }],
    ['no method at all', {}],
    ['a slope that turns the order', { method: 'platt', slope: -1, intercept: 0 }],
    ['no temperature', { method: 'temperature', temperature: 0 }],
    ['a single point', { method: 'isotonic', points: [[0, 0]] }],
    [
      'points that fall',
      {
        method: 'isotonic',
        points: [
          [0, 0.5],
          [1, 0.4],
        ],
      },
    ],
    [
      'points that go back',
      {
        method: 'isotonic',
        points: [
          [0.5, 0.1],
          [0.5, 0.4],
        ],
      },
    ],
    [
      'points beyond 1',
      {
        method: 'isotonic',
        points: [
          [0, 0],
          [1, 1.5],
        ],
      },
    ],
    ['a field of another method', { method: 'temperature', temperature: 1, slope: 2 }],
  ])('with %s is refused', (_case, calibration) => {
    expect(calibrationSchema.safeParse(calibration).success).toBe(false);
  });
});
