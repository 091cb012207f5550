import { type MediaType, ok, type Result } from '#libs/domain';
import { type ImageRefusal, refuse } from '../refusal.js';

/** Enough for every signature below, and for an SVG behind an XML declaration and a comment. */
const sniffedBytes = 512;

/**
 * The media type by magic bytes; what the sender declares is never believed.
 * Signatures: https://mimesniff.spec.whatwg.org/#matching-an-image-type-pattern, and ISO/IEC 14496-12 `ftyp` for
 * AVIF and HEIC.
 */
export const sniffMediaType = (bytes: Buffer): Result<MediaType, ImageRefusal> => {
  const start = bytes.toString('latin1', 0, sniffedBytes);
  if (start.startsWith('\xff\xd8\xff')) return ok('image/jpeg');
  if (start.startsWith('\x89PNG\r\n\x1a\n')) return ok('image/png');
  if (start.startsWith('GIF87a') || start.startsWith('GIF89a')) return ok('image/gif');
  if (start.startsWith('RIFF') && start.startsWith('WEBP', 8)) return ok('image/webp');
  if (start.startsWith('ftyp', 4)) return isoMediaType(bytes);
  return refuse('unsupported_media_type', `${nameOther(start)}; send ${accepted}.`);
};

const accepted = 'JPEG, PNG, WebP, GIF or AVIF';

/** Major and compatible brands of the `ftyp` box. */
const brandsOf = (bytes: Buffer): string[] => {
  const end = Math.min(bytes.length, bytes.readUInt32BE(0), sniffedBytes);
  const brands: string[] = [];
  for (let at = 8; at + 4 <= end; at += 4) if (at !== 12) brands.push(bytes.toString('latin1', at, at + 4));
  return brands;
};

const sequenceBrands = new Set(['avis', 'msf1', 'hevc', 'hevx']);

const isoMediaType = (bytes: Buffer): Result<MediaType, ImageRefusal> => {
  const brands = brandsOf(bytes);
  // The decoder gives one picture of a sequence, and the rest would go unseen: refuse rather than overlook.
  if (brands.some((brand) => sequenceBrands.has(brand))) {
    return refuse('unsupported_media_type', `Animated AVIF and HEIC are not supported; send ${accepted}.`);
  }
  if (brands.includes('avif')) return ok('image/avif');
  if (brands.some((brand) => /^(hei[cmsx]|mif1)$/.test(brand))) {
    return refuse(
      'unsupported_media_type',
      `HEIC needs a licensed HEVC decoder, which this build does not have; send ${accepted}.`,
    );
  }
  return refuse('unsupported_media_type', `This is a video or another ISO media file; send ${accepted}.`);
};

/** Names what people most often send by mistake, so that the answer helps them. */
const nameOther = (start: string): string => {
  if (start.startsWith('%PDF-')) return 'PDF is a document, not an image';
  if (start.startsWith('II*\0') || start.startsWith('MM\0*')) return 'TIFF is not supported';
  if (start.startsWith('BM')) return 'BMP is not supported';
  if (start.startsWith('\xff\x0a') || start.startsWith('\0\0\0\x0cJXL ')) return 'JPEG XL is not supported';
  if (/^\s*(<\?xml|<!--|<!DOCTYPE\s+svg|<svg)/i.test(start) && start.includes('<svg'))
    return 'SVG is not supported';
  return 'The bytes are not an image that we know';
};
