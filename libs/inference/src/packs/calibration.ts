import { z } from 'zod';

/** p → 1 / (1 + exp(−(slope·logit(p) + intercept))) (Platt, 1999, over the logit instead of the margin). */
const plattSchema = z.strictObject({
  method: z.literal('platt'),
  slope: z.number().positive(),
  intercept: z.number(),
});

/** p → 1 / (1 + exp(−logit(p) / temperature)): above 1 the scores become less sure (Guo et al., 2017, for two classes). */
const temperatureSchema = z.strictObject({
  method: z.literal('temperature'),
  temperature: z.number().positive(),
});

const shareSchema = z.number().min(0).max(1);

/**
 * p → linear between the points [score, share of such pictures that are of the category], level beyond the outermost
 * (isotonic regression: Zadrozny and Elkan, 2002).
 */
const isotonicSchema = z.strictObject({
  method: z.literal('isotonic'),
  points: z
    .array(z.tuple([shareSchema, shareSchema]))
    .min(2)
    .refine(
      (points) => points.every(([x, y], i) => i === 0 || (x > points[i - 1]![0] && y >= points[i - 1]![1])),
      'each point must lie to the right of the one before, and not below it',
    ),
});

/** The sum of a category's label probabilities → the category's score, never turning the order of two pictures. */
export const calibrationSchema = z.preprocess(
  withMethod,
  z.discriminatedUnion('method', [plattSchema, temperatureSchema, isotonicSchema]),
);
export type Calibration = z.output<typeof calibrationSchema>;

/** @param share 0–1 @returns 0–1 */
export const calibrate = (share: number, calibration: Calibration): number => {
  if (calibration.method === 'isotonic') return between(calibration.points, share);
  if (share === 0 || share === 1) return share;
  const logit = Math.log(share / (1 - share));
  const moved =
    calibration.method === 'platt'
      ? calibration.slope * logit + calibration.intercept
      : logit / calibration.temperature;
  return 1 / (1 + Math.exp(-moved));
};

const between = (points: readonly (readonly [number, number])[], x: number): number => {
  const after = points.findIndex(([at]) => at >= x);
  if (after === -1) return points.at(-1)![1];
  if (after === 0) return points[0]![1];
  const [[fromX, fromY], [toX, toY]] = [points[after - 1]!, points[after]!];
  return fromY + ((toY - fromY) * (x - fromX)) / (toX - fromX);
};

/** Manifests from before there were several methods have Platt's two numbers alone. */
function withMethod(read: unknown): unknown {
  const isBare = typeof read === 'object' && read !== null && 'slope' in read && !('method' in read);
  return isBare ? { method: 'platt', ...read } : read;
}
