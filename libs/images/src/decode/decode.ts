import { ok, type Pixels, type Result } from '#libs/domain';
import { ByteBudget } from '../byte-budget.js';
import type { ImageFacts } from '../facts.js';
import { type ImageRefusal, refuse } from '../refusal.js';
import { decodeFrame } from './decode-frame.js';
import { decodeJpeg } from './decode-jpeg.js';
import { frameIndices } from './frame-indices.js';

export interface DecodeTarget {
  /**
   * pixels of the short side that decoding may shrink to, never below; a smaller picture is not enlarged. The long side
   * is squeezed beyond the aspect where a view would have too many pixels (`viewSize`)
   */
  minShortSide: number;
  /** how many frames of an animation become views, ≥ 1: first, last, evenly spaced between */
  sampledFrames: number;
}

export interface DecodedImage {
  /**
   * At least one. The first is the picture as people see it: the first frame, upright, in sRGB, on white. Then the
   * other sampled frames, then what alpha may hide. All are to be classified; the first is to be hashed.
   */
  views: Pixels[];
}

/** Most views that a decode gives: each sampled frame on white, on black and with its alpha dropped. */
export const mostViews = ({ sampledFrames }: Pick<DecodeTarget, 'sampledFrames'>): number =>
  3 * Math.max(1, sampledFrames);

/** What all decodes by sharp together may hold while they work; more wait. One full 50-megapixel RGBA frame. */
const budgetBytes = 200_000_000;
const budget = new ByteBudget(budgetBytes);

/**
 * Decodes an inspected picture, the only door to its pixels. Off the event loop, in libuv's pool. Each view's memory
 * is its own and can be transferred to a thread.
 * Refuses with `undecodable_image` what is cut off, corrupt, or takes too long.
 */
export const decode = async (
  bytes: Buffer,
  facts: ImageFacts,
  target: DecodeTarget,
): Promise<Result<DecodedImage, ImageRefusal>> => {
  if (facts.mediaType === 'image/jpeg') {
    const pixels = await decodeJpeg(bytes, facts);
    if (pixels) return ok({ views: [pixels] });
  }
  return budget.run(workingBytes(facts), async () => {
    try {
      return ok({ views: await viewsOf(bytes, facts, target) });
    } catch {
      return refuse(
        'undecodable_image',
        `The ${facts.mediaType} data is cut off or corrupt; nothing was classified.`,
      );
    }
  });
};

/** One frame after the other, so that memory holds one at full size. */
const viewsOf = async (bytes: Buffer, facts: ImageFacts, target: DecodeTarget): Promise<Pixels[]> => {
  const shown: Pixels[] = [];
  const hidden: Pixels[] = [];
  for (const frame of frameIndices(facts.frames, target.sampledFrames)) {
    const decoded = await decodeFrame(bytes, facts, frame, target.minShortSide);
    shown.push(decoded.shown);
    hidden.push(...decoded.hidden);
  }
  return [...shown, ...hidden];
};

/** A frame in full as RGBA: WebP, AVIF, GIF and interlaced PNG are held in full, the rest streams through in rows. */
const workingBytes = ({ width, height }: ImageFacts): number => width * height * 4;
