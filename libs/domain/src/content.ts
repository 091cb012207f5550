import { z } from 'zod';

export const mediaTypes = [
  'image/jpeg',
  'image/png',
  'image/webp',
  'image/gif',
  'image/avif',
  'image/heic',
] as const;
export const mediaTypeSchema = z.enum(mediaTypes);
export type MediaType = z.infer<typeof mediaTypeSchema>;

export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits');
export const pdqSchema = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hex digits');
export const surfaceSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_-]{0,63}$/, 'a surface is a short lower-case word');

/** The longest caller's reference that is stored, in characters. */
export const maxReferenceLength = 512;

/** How many people will see an image, by its caller's estimate. */
export const audienceSchema = z.number().int().min(0).max(2_147_483_647);

/** One submitted image and its facts. Bytes travel by reference (`blobKey`), never in an event. */
export const contentSchema = z.object({
  id: z.uuid(),
  sha256: sha256Schema,
  /** null where the picture was not decoded (yet), or hashing is off */
  pdq: pdqSchema.nullable(),
  pdqQuality: z.number().int().min(0).max(100).nullable(),
  mediaType: mediaTypeSchema,
  /** pixels as stored in the file, before EXIF orientation */
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  bytes: z.number().int().positive(),
  surface: surfaceSchema,
  /** the caller's own name for it */
  reference: z.string().max(maxReferenceLength).nullable(),
  /** the caller's own estimate of how many people will see it; none where the caller made none */
  audience: audienceSchema.nullish(),
  apiKeyId: z.uuid(),
  /** null where the bytes were not kept (an allow) */
  blobKey: z.string().nullable(),
  receivedAt: z.iso.datetime(),
});
export type Content = z.infer<typeof contentSchema>;
