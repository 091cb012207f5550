import type { Pixels } from '#libs/domain';
import type { ImageFacts } from '../facts.js';
import { isSameSize, openBytes, openFrame, shrinkTo, toPixels } from './sharp-pipeline.js';
import { type Size, uprightSize, viewSize } from './view-size.js';

const white = '#ffffff';
const black = '#000000';

/**
 * Everything that one frame may show. `shown` is the picture on white, as people mostly see it. `hidden` is what
 * another background or a viewer without alpha would show: on black, and with the alpha channel dropped. Empty when
 * the frame is opaque; views that equal another are left out.
 * @throws whatever sharp throws when the bytes cannot be decoded
 */
export const decodeFrame = async (
  bytes: Buffer,
  facts: ImageFacts,
  frame: number,
  minShortSide: number,
): Promise<{ shown: Pixels; hidden: Pixels[] }> => {
  const pipeline = (): ReturnType<typeof openFrame> => openFrame(bytes, facts, frame);
  const stored = uprightSize(facts);
  const size = viewSize(stored, minShortSide);
  if (!facts.hasAlpha) return { shown: await toPixels(shrinkTo(pipeline(), stored, size)), hidden: [] };

  // Decoded anew for each view: rows stream through, while the frame at full size would wait in memory.
  const on = (background: string): Promise<Pixels> =>
    toPixels(shrinkTo(pipeline().flatten({ background }), stored, size));
  const onWhite = await on(white);
  const onBlack = await on(black);
  // Where the background makes no difference nothing is transparent, and there is nothing else to see.
  if (sameBytes(onWhite, onBlack)) return { shown: onWhite, hidden: [] };
  const bare = await withoutAlpha(pipeline(), stored, size);
  const hidden = sameBytes(bare, onWhite) || sameBytes(bare, onBlack) ? [onBlack] : [onBlack, bare];
  return { shown: onWhite, hidden };
};

/**
 * The colours as stored, whatever alpha says. A shrinking resize weighs colours by alpha, and so wipes out just those
 * that are hidden: alpha is dropped in a first pass. Between the two stands a JPEG, a tenth of the size of the pixels.
 */
const withoutAlpha = async (
  pipeline: ReturnType<typeof openFrame>,
  stored: Size,
  size: Size,
): Promise<Pixels> => {
  if (isSameSize(stored, size)) return toPixels(pipeline.removeAlpha());
  const between = await pipeline
    .removeAlpha()
    .toColourspace('srgb')
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4', optimizeCoding: false })
    .toBuffer();
  return toPixels(shrinkTo(openBytes(between), stored, size));
};

const sameBytes = (a: Pixels, b: Pixels): boolean => Buffer.compare(a.data, b.data) === 0;
