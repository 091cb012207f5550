import { type MediaType, ok, type Result } from '#libs/domain';
import type { ImageFacts } from '../facts.js';
import type { ImageLimits } from '../limits.js';
import { type ImageRefusal, refuse } from '../refusal.js';
import { sharp } from '../sharp.js';
import { isAnimatedPng } from './animated-png.js';
import { checkLimits } from './check-limits.js';
import { hasMoreScansThan, readJpegHeader } from './jpeg-header.js';
import { sniffMediaType } from './media-type.js';

/** Encoders write about ten; libjpeg-turbo's own fuzzers stop at 500. */
const maxScans = 100;

/**
 * What the header says, held against the limits; nothing is decoded.
 * Refuses with `invalid_request` (empty), `unsupported_media_type`, `undecodable_image` (a broken header) or
 * `too_many_pixels` (size or frames).
 */
export const inspect = async (
  bytes: Buffer,
  limits: ImageLimits,
): Promise<Result<ImageFacts, ImageRefusal>> => {
  if (bytes.length === 0) return refuse('invalid_request', 'The body is empty; send the bytes of an image.');
  const mediaType = sniffMediaType(bytes);
  if (!mediaType.ok) return mediaType;
  const facts = await (mediaType.value === 'image/jpeg'
    ? jpegFacts(bytes)
    : factsBySharp(bytes, mediaType.value));
  return facts.ok ? checkLimits(facts.value, limits) : facts;
};

const jpegFacts = async (bytes: Buffer): Promise<Result<ImageFacts, ImageRefusal>> => {
  const header = readJpegHeader(bytes);
  if (!header || header.width === 0 || header.height === 0)
    return refuse('undecodable_image', 'The JPEG header is broken, incomplete or overlong.');
  if (header.multiScan && (await hasMoreScansThan(maxScans, bytes, header.firstScan)))
    return refuse('undecodable_image', `The JPEG has more than ${maxScans} scans.`);
  const { width, height, orientation } = header;
  return ok({ mediaType: 'image/jpeg', width, height, frames: 1, hasAlpha: false, orientation });
};

const factsBySharp = async (
  bytes: Buffer,
  mediaType: MediaType,
): Promise<Result<ImageFacts, ImageRefusal>> => {
  if (mediaType === 'image/png') {
    const isAnimated = isAnimatedPng(bytes);
    if (isAnimated === undefined)
      return refuse('undecodable_image', 'The PNG has too many chunks before its pixels.');
    if (isAnimated)
      return refuse(
        'unsupported_media_type',
        'Animated PNG is not supported; send a still PNG, or GIF or WebP.',
      );
  }
  try {
    // Limits are ours to check, with a message of their own: sharp would only say that its limit was passed.
    const { width, pageHeight, height, pages, hasAlpha, orientation } = await sharp(bytes, {
      limitInputPixels: false,
    }).metadata();
    return ok({
      mediaType,
      width,
      height: pageHeight ?? height,
      frames: pages ?? 1,
      hasAlpha,
      orientation: orientation ?? 1,
    });
  } catch {
    return refuse('undecodable_image', `The ${mediaType} header is broken or incomplete.`);
  }
};
