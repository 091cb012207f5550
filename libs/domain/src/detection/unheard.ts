import { z } from 'zod';
import { detectorNameSchema } from './detector-calls.js';

/**
 * A detector that should have looked and has not answered: it `failed`, was `skipped` since the time was over, or is
 * `missing` here. Nobody allows a picture that somebody should have looked at.
 */
export const unheardSchema = z.object({
  detector: detectorNameSchema,
  why: z.enum(['failed', 'skipped', 'missing']),
  detail: z.string().max(500),
});
export type Unheard = z.infer<typeof unheardSchema>;
