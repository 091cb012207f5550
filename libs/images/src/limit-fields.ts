import type { z } from 'zod';
import { fields } from '#libs/platform';
import { defaultImageLimits as limits, type ImageLimits } from './limits.js';

/** Part of an app's configuration schema: what every app that decodes pictures accepts. */
export const imageLimitFields = {
  MAX_PIXELS: fields
    .integer(limits.maxPixels, { min: 1 })
    .describe('Largest picture, width x height of a frame; a worker’s at least the gateway’s'),
  MAX_SIDE: fields.integer(limits.maxSide, { min: 1 }).describe('Longest side, in pixels'),
  MAX_FRAMES: fields.integer(limits.maxFrames, { min: 1 }).describe('Most frames of an animation'),
  MAX_TOTAL_PIXELS: fields
    .integer(limits.maxTotalPixels, { min: 1 })
    .describe('Largest animation, width x height x frames'),
};

export const imageLimits = (read: z.output<z.ZodObject<typeof imageLimitFields>>): ImageLimits => ({
  maxPixels: read.MAX_PIXELS,
  maxSide: read.MAX_SIDE,
  maxFrames: read.MAX_FRAMES,
  maxTotalPixels: read.MAX_TOTAL_PIXELS,
});
