import { z } from 'zod';

/**
 * What a model makes of a picture, scaled to length 1, so that pictures are alike as far as the product of theirs is near
 * 1: IEEE 754 half-precision numbers, little endian, as base64. 1280 of them are 2560 bytes.
 */
export const embeddingSchema = z.object({
  model: z.string(),
  version: z.string(),
  values: z.base64().max(16_384),
});
export type Embedding = z.infer<typeof embeddingSchema>;
