import { categorySchema, costClasses, modelTierSchema, sha256Schema } from '#libs/domain';
import { z } from 'zod';
import { calibrationSchema } from './calibration.js';
import { formatVersion } from './format-version.js';

/** How a picture of any size becomes the model's input. Part of the model: a different kernel gives other scores. */
export const resizeKinds = [
  /** TensorFlow 1 `ResizeBilinear(align_corners=True)`: samples between four neighbours, no antialiasing */
  'tf-bilinear-align-corners',
  /** Triangle kernel as wide as the shrink factor (Pillow's BILINEAR) */
  'antialiased-bilinear',
  /** Cubic kernel, a = −0.5, as wide as the shrink factor (Pillow's BICUBIC) */
  'antialiased-bicubic',
] as const;
export type ResizeKind = (typeof resizeKinds)[number];

const sideSchema = z.number().int().min(1).max(4096);
const channelSchema = z.tuple([z.number(), z.number(), z.number()]);
/** No folders, and no dot in front: neither `..` nor what is hidden. */
const fileNameSchema = z.string().regex(/^\w[\w.-]*$/, 'a file name inside the pack’s folder');

/** Per channel: (x / 255 − mean) / std. */
const normalisationSchema = z.strictObject({
  mean: channelSchema,
  std: channelSchema.refine((std) => std.every((value) => value > 0), 'std must be positive'),
});
export type Normalisation = z.infer<typeof normalisationSchema>;

const inputSchema = z
  .strictObject({
    /** of the graph's input tensor */
    name: z.string().min(1),
    width: sideSchema,
    height: sideSchema,
    layout: z.enum(['nhwc', 'nchw']),
    dtype: z.enum(['uint8', 'float32']),
    /** `in-graph`: the graph takes 0–255 as they are */
    normalisation: z.union([z.literal('in-graph'), normalisationSchema]),
  })
  .refine(({ dtype, normalisation }) => dtype === 'float32' || normalisation === 'in-graph', {
    path: ['normalisation'],
    message: 'bytes cannot be normalised outside the graph: use in-graph, or dtype float32',
  });
export type PackInput = z.infer<typeof inputSchema>;

/** Calls a specialist: a score of this category, 0–1, that a general model gave. */
const routeSchema = z.strictObject({ category: categorySchema, atLeast: z.number().min(0).max(1) });
export type Route = z.infer<typeof routeSchema>;

/** `manifest.json` of a model pack. Unknown fields are refused: a misspelt one would silently not apply. */
export const manifestSchema = z
  .strictObject({
    /** packs of another kind have another manifest: see readPackKind */
    kind: z.literal('classifier').optional(),
    /** of this schema: see assertFormatVersion; 1 when left out */
    formatVersion: z.literal(formatVersion).optional(),
    name: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'a short lower-case name, e.g. nsfw-mobilenet-v2'),
    /** changes whenever the same picture may score differently: cached scores are kept under it */
    version: z.string().min(1).max(64),
    tier: modelTierSchema,
    file: fileNameSchema,
    sha256: sha256Schema,
    input: inputSchema,
    resize: z.strictObject({
      kind: z.enum(resizeKinds),
      /** a decoder may shrink the picture while decoding, but not below this short side, in pixels */
      minShortSide: sideSchema,
    }),
    outputs: z.strictObject({
      scores: z.strictObject({ name: z.string().min(1), activation: z.enum(['none', 'softmax', 'sigmoid']) }),
      embedding: z.strictObject({ name: z.string().min(1), length: z.number().int().positive() }).nullable(),
    }),
    /** in the order of the scores; or the JSON file that lists them */
    labels: z.union([z.array(z.string().min(1)).min(1), fileNameSchema]),
    /** a category's score is the sum of its labels' probabilities */
    categories: z.record(categorySchema, z.array(z.string()).min(1)),
    /**
     * makes the pack a specialist of the deep tier, which looks only at pictures that one of these calls; a pack without
     * it is general
     */
    route: z.array(routeSchema).min(1).optional(),
    /** what a look takes of one core, about; guessed where it is left out */
    costClass: z.enum(costClasses).optional(),
    /** labels that mean nothing bad; `every other label` where they are too many to name */
    benign: z.union([z.array(z.string()), z.literal('every other label')]),
    /** a category without one keeps the plain sum */
    calibration: z.record(categorySchema, calibrationSchema),
    /** SPDX identifier; the text lies in LICENSE */
    licence: z.string().min(1),
    source: z.string().min(1),
    /** the model card */
    card: fileNameSchema,
  })
  .refine(({ tier, route }) => tier === 'deep' || route === undefined, {
    path: ['route'],
    message: 'only a pack of the deep tier can be a specialist',
  });
export type Manifest = z.infer<typeof manifestSchema>;
