import { sha256Schema } from '#libs/domain';
import { z } from 'zod';
import { formatVersion } from './format-version.js';

const shareSchema = z.number().min(0).max(1);
const tensorSchema = z.string().min(1);
const fileNameSchema = z.string().regex(/^\w[\w.-]*$/, 'a file name inside the pack’s folder');
const fileSchema = z.strictObject({ file: fileNameSchema, sha256: sha256Schema });

/** Pixels; the graph halves a picture five times, so its sides are multiples of 32. */
const gridSideSchema = z.number().int().min(32).max(4096).multipleOf(32);

const detectionSchema = z
  .strictObject({
    ...fileSchema.shape,
    input: tensorSchema,
    output: tensorSchema,
    /** the picture is brought to at most this long a side, in pixels, before writing is looked for */
    longestSide: gridSideSchema,
    /** a picture whose longest side is shorter is enlarged to this */
    enlargedTo: gridSideSchema,
    /** a pixel belongs to writing from this probability on */
    pixelProbability: shareSchema,
    /** a region is writing from this mean probability of its pixels on */
    regionProbability: shareSchema,
    /** regions are found shrunk: they grow by their area times this, divided by their perimeter */
    growth: z.number().positive().max(5),
  })
  .refine(({ longestSide, enlargedTo }) => enlargedTo <= longestSide, {
    path: ['enlargedTo'],
    message: 'enlargedTo must not lie above longestSide',
  });
export type DetectionSettings = z.infer<typeof detectionSchema>;

const orientationSchema = z.strictObject({
  ...fileSchema.shape,
  input: tensorSchema,
  output: tensorSchema,
  /** pixels */
  width: z.number().int().positive(),
  height: z.number().int().positive(),
  /** a line is turned by 180° from this probability of standing on its head on */
  atLeast: z.number().min(0.5).max(1),
});
export type OrientationSettings = z.infer<typeof orientationSchema>;

const recognitionSchema = z.strictObject({
  ...fileSchema.shape,
  input: tensorSchema,
  output: tensorSchema,
  /** pixels; lines are brought to this height */
  height: z.number().int().positive(),
  /** pixels; a longer line is squeezed */
  longestLine: z.number().int().positive(),
  /** lines read with less confidence are dropped */
  leastConfidence: shareSchema,
  /** the characters in the order of the graph's classes, one a line; before them is the blank, after them the space */
  characters: fileSchema,
});
export type RecognitionSettings = z.infer<typeof recognitionSchema>;

/**
 * `manifest.json` of a pack that reads writing: graphs of the PP-OCR family. Unknown fields are refused: a misspelt one
 * would silently not apply.
 */
export const textManifestSchema = z.strictObject({
  kind: z.literal('text-reader'),
  /** of this schema: see assertFormatVersion; 1 when left out */
  formatVersion: z.literal(formatVersion).optional(),
  name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'a short lower-case name, e.g. overlay-text'),
  /** changes whenever the same picture may be read differently */
  version: z.string().min(1).max(64),
  /** pixels; a decoder may shrink the picture while decoding, but not below this short side */
  minShortSide: z.number().int().positive(),
  detection: detectionSchema,
  orientation: orientationSchema,
  recognition: recognitionSchema,
  /** what one picture may cost: what goes beyond is left out, the smallest writing first */
  limits: z.strictObject({
    mostLines: z.number().int().positive(),
    /** pixels; of all lines together, each at the height of recognition */
    longestText: z.number().int().positive(),
  }),
  /** SPDX expression; the texts lie in LICENSE */
  licence: z.string().min(1),
  source: z.string().min(1),
  /** the model card */
  card: fileNameSchema,
});
export type TextManifest = z.infer<typeof textManifestSchema>;
