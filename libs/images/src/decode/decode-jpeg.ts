import jpegTurbo from '@julusian/jpeg-turbo';
import type { Pixels } from '#libs/domain';
import type { ImageFacts } from '../facts.js';
import { readJpegHeader } from '../inspect/jpeg-header.js';
import { isSrgbProfile } from './srgb-profile.js';
import { maxViewPixels } from './view-size.js';

/**
 * Up to here a JPEG is decoded in full by libjpeg-turbo rather than shrunk on load by sharp. CPU ms, 2 cores, sharp
 * 0.35.5 with concurrency 1 and a short side of 672 (docs/adr/0002-decoding.md has all numbers):
 *
 * | picture          | jpeg-turbo, full | sharp, shrunk |
 * | 500x375,   40 KB |              2.0 |           8.5 |
 * | 1500x1000, 376 KB |             8.1 |          25.4 |
 * | 2400x1600, 562 KB |            11.9 |          29.6 |
 * | 4050x2700, 1.7 MB |            45.5 |          46.3 |
 *
 * So time alone would allow some 11 MP. Memory decides: 4 MP are 12 MB of pixels that wait for a model, and no view may have more.
 */
export const fullDecodeMaxPixels = maxViewPixels;

/**
 * Decodes what libjpeg-turbo does best: upright colour or grey JPEGs in sRGB of moderate size. Runs in libuv's pool.
 * Undefined where the picture needs sharp, also after an error here: the library calls it an error when it had to
 * guess, so sharp gives the second opinion on whether the picture is cut off or merely has stray bytes.
 */
export const decodeJpeg = async (bytes: Buffer, facts: ImageFacts): Promise<Pixels | undefined> => {
  if (facts.width * facts.height > fullDecodeMaxPixels || facts.orientation !== 1) return undefined;
  const header = readJpegHeader(bytes);
  if (!header?.common || header.precision !== 8) return undefined;
  if (header.components !== 3 && header.components !== 1) return undefined;
  if (header.iccProfile && !isSrgbProfile(header.iccProfile)) return undefined;

  // Slow, in Node's word, as it is not cut out of a shared pool: so its memory can be handed to a thread.
  const data = Buffer.allocUnsafeSlow(facts.width * facts.height * 3);
  try {
    const { width, height } = await jpegTurbo.decompress(bytes, data, {
      format: jpegTurbo.FORMAT_RGB,
    });
    return width === facts.width && height === facts.height ? { data, width, height } : undefined;
  } catch {
    return undefined;
  }
};
