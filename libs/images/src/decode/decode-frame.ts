import type { Pixels } from '#libs/domain';
import type { ImageFacts } from '../facts.js';
import { needsShrinking, openBytes, openFrame, shrinkTo, toPixels } from './sharp-pipeline.js';

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
  const size = uprightSize(facts);
  if (!facts.hasAlpha) return { shown: await toPixels(shrinkTo(pipeline(), size, minShortSide)), hidden: [] };

  // Decoded anew for each view: rows stream through, while the frame at full size would wait in memory.
  const on = (background: string): Promise<Pixels> =>
    toPixels(shrinkTo(pipeline().flatten({ background }), size, minShortSide));
  const onWhite = await on(white);
  const onBlack = await on(black);
  // Where the background makes no difference nothing is transparent, and there is nothing else to see.
  if (sameBytes(onWhite, onBlack)) return { shown: onWhite, hidden: [] };
  const bare = await withoutAlpha(pipeline(), size, minShortSide);
  const hidden = sameBytes(bare, onWhite) || sameBytes(bare, onBlack) ? [onBlack] : [onBlack, bare];
  return { shown: onWhite, hidden };
};

/**
 * The colours as stored, whatever alpha says. A shrinking resize weighs colours by alpha, and so wipes out just those
 * that are hidden: alpha is dropped in a first pass. Between the two stands a JPEG, a tenth of the size of the pixels.
 */
const withoutAlpha = async (
  pipeline: ReturnType<typeof openFrame>,
  size: Size,
  minShortSide: number,
): Promise<Pixels> => {
  if (!needsShrinking(size, minShortSide)) return toPixels(pipeline.removeAlpha());
  const between = await pipeline
    .removeAlpha()
    .toColourspace('srgb')
    .jpeg({ quality: 95, chromaSubsampling: '4:4:4', optimizeCoding: false })
    .toBuffer();
  return toPixels(shrinkTo(openBytes(between), size, minShortSide));
};

interface Size {
  width: number;
  height: number;
}

const uprightSize = ({ width, height, orientation }: ImageFacts): Size =>
  orientation >= 5 ? { width: height, height: width } : { width, height };

const sameBytes = (a: Pixels, b: Pixels): boolean => Buffer.compare(a.data, b.data) === 0;
