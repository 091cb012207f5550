import type { ImageFacts } from '../facts.js';

export interface Size {
  width: number;
  height: number;
}

/**
 * Pixels of a view at most, 12 MB of them: an extreme aspect would otherwise let 400 KB of PNG become views of
 * 896x16384, and as many of them as there are frames and backgrounds, all waiting for a model at once.
 */
export const maxViewPixels = 4_000_000;

const bytesPerPixel = 3;
/** on white, on black, without alpha */
const viewsOfFrame = 3;

/** As people see it: by the EXIF orientation. */
export const uprightSize = ({ width, height, orientation }: ImageFacts): Size =>
  orientation >= 5 ? { width: height, height: width } : { width, height };

/**
 * What a picture is shrunk to, never enlarged: the short side to `minShortSide`, in proportion. Then, if that is more
 * than `maxViewPixels`, the long side alone is squeezed, as models and hashes give up the aspect anyway, but neither
 * side below `minShortSide`.
 *
 * @param size upright, both sides ≥ 1
 * @param minShortSide pixels ≥ 1
 */
export const viewSize = (size: Size, minShortSide: number): Size => {
  const [short, long] = [Math.min(size.width, size.height), Math.max(size.width, size.height)];
  const scale = Math.min(1, minShortSide / short);
  const shrunkShort = Math.min(short, minShortSide);
  const shrunkLong = Math.round(long * scale);
  const longest = Math.max(minShortSide, Math.floor(maxViewPixels / shrunkShort));
  const squeezedLong = Math.min(shrunkLong, longest);
  return size.width < size.height
    ? { width: shrunkShort, height: squeezedLong }
    : { width: squeezedLong, height: shrunkShort };
};

/** What the views of a picture take at most, in bytes: known before it is decoded. */
export const mostViewBytes = (
  facts: ImageFacts,
  { minShortSide, sampledFrames }: { minShortSide: number; sampledFrames: number },
): number => {
  const size = uprightSize(facts);
  const shrunk = viewSize(size, minShortSide);
  const pixels = facts.width * facts.height;
  // Moderate JPEGs are not shrunk at all.
  if (facts.mediaType === 'image/jpeg' && pixels <= maxViewPixels) return pixels * bytesPerPixel;
  const frames = Math.max(1, Math.min(facts.frames, sampledFrames));
  const views = frames * (facts.hasAlpha ? viewsOfFrame : 1);
  return views * shrunk.width * shrunk.height * bytesPerPixel;
};
