import { z } from 'zod';
import { categorySchema, type Scores } from '../category.js';

/** As a model pack's name. */
export const detectorNameSchema = z
  .string()
  .regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'a short lower-case name, e.g. qr-code');

const scoreSchema = z.number().min(0).max(1);

const scoreCallSchema = z
  .strictObject({
    when: z.literal('score'),
    category: categorySchema.describe('of the fast tier'),
    from: scoreSchema,
    to: scoreSchema.default(1).describe('the band ends here, and holds both ends'),
  })
  .refine(({ from, to }) => from <= to, { path: ['from'], message: 'from must not lie above to' });

/** When a policy calls a detector that nobody's question and no route calls. */
export const detectorCallSchema = z.union([
  z.strictObject({ when: z.literal('always') }),
  scoreCallSchema,
  /** for a share of the pictures, 0–1, drawn by their ids */
  z.strictObject({ when: z.literal('sampled'), share: scoreSchema }),
]);
export type DetectorCall = z.infer<typeof detectorCallSchema>;

export const detectorCallsSchema = z.record(detectorNameSchema, z.array(detectorCallSchema).min(1).max(10));
export type DetectorCalls = z.infer<typeof detectorCallsSchema>;

/**
 * The detectors that a policy calls for one picture, sorted.
 *
 * @param scores of the fast tier
 * @param draw 0–1 for a detector and this picture, the same whenever it is asked
 */
export const calledDetectors = (
  calls: DetectorCalls,
  scores: Scores,
  draw: (detector: string) => number,
): string[] =>
  Object.entries(calls)
    .filter(([detector, reasons]) => reasons.some((call) => holds(call, detector, scores, draw)))
    .map(([detector]) => detector)
    .sort();

const holds = (
  call: DetectorCall,
  detector: string,
  scores: Scores,
  draw: (detector: string) => number,
): boolean => {
  switch (call.when) {
    case 'always':
      return true;
    case 'sampled':
      return draw(detector) < call.share;
    case 'score': {
      const score = scores[call.category];
      return score !== undefined && score >= call.from && score <= call.to;
    }
  }
};
