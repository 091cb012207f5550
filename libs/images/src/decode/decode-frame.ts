import type { Pixels } from '#libs/domain';
import type { ImageFacts } from '../facts.js';
import { isOpaque } from './alpha.js';
import { openFrame, openPixels, shrinkTo, toPixels } from './sharp-pipeline.js';

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
  const upright = uprightSize(facts);
  if (!facts.hasAlpha)
    return {
      shown: await toPixels(shrinkTo(openFrame(bytes, facts, frame), upright, minShortSide)),
      hidden: [],
    };

  // In full, as a shrinking resize premultiplies and so wipes out the very colours under alpha 0.
  const { data, info } = await openFrame(bytes, facts, frame)
    .toColourspace('srgb')
    .ensureAlpha()
    .raw({ depth: 'uchar' })
    .toUint8Array();
  const bare = (): Promise<Pixels> => toPixels(openPixels(data, info, 4).removeAlpha());
  const on = (background: string): Promise<Pixels> =>
    toPixels(shrinkTo(openPixels(data, info, 4).flatten({ background }), info, minShortSide));

  if (await isOpaque(data)) return { shown: await on(white), hidden: [] };
  const shown = await on(white);
  const onBlack = await on(black);
  const dropped = await bare();
  const droppedShrunk =
    Math.min(info.width, info.height) <= minShortSide
      ? dropped
      : await toPixels(shrinkTo(openPixels(dropped.data, dropped, 3), dropped, minShortSide));
  return { shown, hidden: distinct(shown, [onBlack, droppedShrunk]) };
};

const uprightSize = ({ width, height, orientation }: ImageFacts): { width: number; height: number } =>
  orientation >= 5 ? { width: height, height: width } : { width, height };

const distinct = (first: Pixels, others: Pixels[]): Pixels[] => {
  const kept = [first];
  for (const view of others)
    if (!kept.some((each) => Buffer.compare(each.data, view.data) === 0)) kept.push(view);
  return kept.slice(1);
};
