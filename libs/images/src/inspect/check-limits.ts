import { ok, type Result } from '#libs/domain';
import type { ImageFacts } from '../facts.js';
import type { ImageLimits } from '../limits.js';
import { type ImageRefusal, refuse } from '../refusal.js';

/** Says which limit is passed, and by how much: the sender should know what to change. */
export const checkLimits = (facts: ImageFacts, limits: ImageLimits): Result<ImageFacts, ImageRefusal> => {
  const { width, height, frames } = facts;
  const pixels = width * height;
  const size = `${width}x${height}`;
  if (Math.max(width, height) > limits.maxSide)
    return refuse('too_many_pixels', `The image is ${size}; at most ${limits.maxSide} pixels a side.`);
  if (pixels > limits.maxPixels)
    return refuse('too_many_pixels', `The image is ${size}, ${pixels} pixels; at most ${limits.maxPixels}.`);
  if (frames > limits.maxFrames)
    return refuse('too_many_pixels', `The animation has ${frames} frames; at most ${limits.maxFrames}.`);
  if (pixels * frames > limits.maxTotalPixels)
    return refuse(
      'too_many_pixels',
      `The animation has ${frames} frames of ${size}, ${pixels * frames} pixels; at most ${limits.maxTotalPixels}.`,
    );
  return ok(facts);
};
