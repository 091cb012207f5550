import { z } from 'zod';

/** IEEE 754 half-precision numbers, little endian, as base64: 1280 of them are 2560 bytes. */
export const embeddingSchema = z.object({
  model: z.string(),
  version: z.string(),
  values: z.base64().max(16_384),
});
export type Embedding = z.infer<typeof embeddingSchema>;
