import { z } from 'zod';
import { categorySchema } from '../category.js';
import { plainText } from '../policy/plain-text.js';

const share = z.number().min(0).max(1);

/** A corner, in shares of the picture's width and height as people see it: [0, 0] is top left, [1, 1] bottom right. */
export const cornerSchema = z.tuple([share, share]);
export type Corner = z.infer<typeof cornerSchema>;

/** Most characters of what was read in a picture that are kept. */
export const longestEvidence = 500;
/** Most pieces of evidence that one detector gives about one picture. */
export const mostEvidence = 32;

/**
 * What a detector saw, for a person to see too. `payload`: what a code says. `text`: what is written. `label`: a model's
 * word for the thing.
 */
export const evidenceSchema = z.object({
  kind: z.enum(['payload', 'text', 'label']),
  /** that it counts towards */
  category: categorySchema,
  text: plainText(longestEvidence),
  /** what makes it count, in few words: `denied domain`, `phone number` */
  note: plainText(100).optional(),
  /** how sure the detector is of this piece, 0–1 */
  score: share,
  /** clockwise from what is its own top left; none where a detector sees the picture as a whole */
  box: z.tuple([cornerSchema, cornerSchema, cornerSchema, cornerSchema]).optional(),
});
export type Evidence = z.infer<typeof evidenceSchema>;
