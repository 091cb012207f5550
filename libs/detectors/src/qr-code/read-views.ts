import type { Pixels } from '#libs/domain';
import { doubled, type Luminance, luminanceOf } from './luminance.js';
import type { ReadAnswer, ReadCode, ReadRequest } from './protocol.js';
import type { ZXingReader, ZXingResult } from './zxing-reader.js';

/**
 * Pictures up to this size are also read at twice their size, which finds modules below two pixels. Of larger ones that
 * would take longer than all the rest, for codes that are small in them.
 */
const mostDoubledPixels = 500_000;
/** the library's numbers for content that is no text: Binary, UnknownECI */
const bytesOnly = new Set([1, 5]);

/** Reads one view after the other, each code once. @throws Error for a fault of the reader, which is then of no more use */
export const readViews = (reader: ZXingReader, { views, until }: ReadRequest): ReadAnswer => {
  const codes = new Map<string, ReadCode>();
  for (const view of views) {
    if (Date.now() >= until) return undefined;
    for (const code of readView(reader, view)) {
      const content = Buffer.from(code.bytes).toString('latin1');
      if (!codes.has(content)) codes.set(content, code);
    }
  }
  return [...codes.values()];
};

const readView = (reader: ZXingReader, view: Pixels): ReadCode[] => {
  const luminance = luminanceOf(view);
  const found = codesIn(reader, luminance);
  const isSmall = view.width * view.height <= mostDoubledPixels;
  return isSmall ? [...found, ...codesIn(reader, doubled(luminance))] : found;
};

const codesIn = (reader: ZXingReader, luminance: Luminance): ReadCode[] =>
  reader.read(luminance).map((result) => ({
    text: bytesOnly.has(result.contentType) ? undefined : result.text,
    bytes: result.bytes,
    box: boxOf(result, luminance),
  }));

const boxOf = ({ position }: ZXingResult, { width, height }: Luminance): ReadCode['box'] => {
  const share = (at: number, side: number): number => Math.min(1, Math.max(0, at / side));
  const corner = ({ x, y }: { x: number; y: number }): [number, number] => [
    share(x, width),
    share(y, height),
  ];
  const { topLeft, topRight, bottomRight, bottomLeft } = position;
  return [corner(topLeft), corner(topRight), corner(bottomRight), corner(bottomLeft)];
};
