import type { Pixels } from '#libs/domain';
import type { ImageFacts } from '../facts.js';
import { sharp } from '../sharp.js';
import type { Size } from './view-size.js';

type Pipeline = ReturnType<typeof sharp>;

/** Longer than this a picture within the limits never takes; a hostile one is cut off. */
const decodeTimeoutSeconds = 10;

/**
 * A pipeline over one frame of the picture, upright. It fails on truncated and on corrupt data (a PNG with a bad CRC),
 * but not on mere warnings such as stray bytes between JPEG markers, which every viewer overlooks.
 */
export const openFrame = (bytes: Buffer, facts: ImageFacts, frame: number): Pipeline =>
  sharp(bytes, {
    failOn: 'error',
    autoOrient: true,
    // exactly what was inspected and allowed, should the decoder read the header differently
    limitInputPixels: facts.width * facts.height,
    ...(facts.frames > 1 && { page: frame, pages: 1 }),
  }).timeout({ seconds: decodeTimeoutSeconds });

/** A pipeline over bytes of our own making. */
export const openBytes = (bytes: Buffer): Pipeline =>
  sharp(bytes, { limitInputPixels: false }).timeout({ seconds: decodeTimeoutSeconds });

/** Shrinks a frame (antialiased; on load where the format can), each side by its own factor. Both sizes upright. */
export const shrinkTo = (pipeline: Pipeline, from: Size, to: Size): Pipeline =>
  isSameSize(from, to) ? pipeline : pipeline.resize({ width: to.width, height: to.height, fit: 'fill' });

export const isSameSize = (a: Size, b: Size): boolean => a.width === b.width && a.height === b.height;

/** Runs the pipeline to sRGB bytes, three to a pixel, in memory that can be handed to a thread. */
export const toPixels = async (pipeline: Pipeline): Promise<Pixels> => {
  const { data, info } = await pipeline.toColourspace('srgb').raw({ depth: 'uchar' }).toUint8Array();
  const { width, height } = info;
  if (data.length !== width * height * 3)
    throw new Error(`expected ${width}x${height}x3 bytes, not ${data.length}`);
  return { data, width, height };
};
