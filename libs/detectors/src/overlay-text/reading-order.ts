import { type Passage, passageOf } from './passage.js';
import type { TextLine } from './text-reader.js';

/** A line in pixels, in a frame turned so that the picture's lines lie level. */
interface PlacedLine {
  line: TextLine;
  left: number;
  right: number;
  top: number;
  bottom: number;
  height: number;
}

/** Lines are compared pairwise, so many of them are cut: a picture with more is a page, and its first part says enough. */
export const mostLines = 300;
/** Characters of a passage: longer ones are cut between lines. */
const longestPassage = 2_000;

/** In shares of the lines' height: gaps within which two parts of a row, and two rows, belong together. */
const gapInRow = 2;
const gapBetweenRows = 0.9;
/** Bigger and smaller writing is not one text. */
const heightRatio = 1.8;

/**
 * Puts lines in reading order, and those together that were cut apart: parts of one row, and rows below each other. Lines
 * whose place is unknown stand alone.
 *
 * @param size of the picture in pixels, since boxes are given in shares of it
 */
export const passagesOf = (
  lines: readonly TextLine[],
  size: { width: number; height: number },
): Passage[] => {
  const looked = lines.slice(0, mostLines);
  const placed = place(
    looked.filter(({ box }) => box !== undefined),
    size,
  );
  const alone = looked.filter(({ box }) => box === undefined);
  return [
    ...blocksOf(placed).flatMap(passagesOfBlock),
    ...alone.map((line) => passageOf([{ line, separator: '' }])),
  ];
};

/** Turned by the median slope of the lines, so that a tilted text has rows too. */
const place = (lines: TextLine[], { width, height }: { width: number; height: number }): PlacedLine[] => {
  const corners = lines.map(({ box }) => box!.map(([x, y]) => [x * width, y * height] as const));
  const slopes = corners.map(([start, end]) => Math.atan2(end![1] - start![1], end![0] - start![0]));
  const slope = slopes.sort((a, b) => a - b)[Math.floor(slopes.length / 2)] ?? 0;
  const [cos, sin] = [Math.cos(slope), Math.sin(slope)];
  return lines.map((line, index) => {
    const xs = corners[index]!.map(([x, y]) => x * cos + y * sin);
    const ys = corners[index]!.map(([x, y]) => y * cos - x * sin);
    const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    return { line, left, right, top, bottom, height: bottom - top };
  });
};

const overlap = (from: number, to: number, otherFrom: number, otherTo: number): number =>
  Math.min(to, otherTo) - Math.max(from, otherFrom);

const inOneRow = (a: PlacedLine, b: PlacedLine): boolean =>
  overlap(a.top, a.bottom, b.top, b.bottom) >= 0.5 * Math.min(a.height, b.height);

const belongTogether = (a: PlacedLine, b: PlacedLine): boolean => {
  const [small, large] = [Math.min(a.height, b.height), Math.max(a.height, b.height)];
  if (large > heightRatio * small) return false;
  const across = overlap(a.left, a.right, b.left, b.right);
  if (inOneRow(a, b)) return -across <= gapInRow * small;
  return across > 0 && -overlap(a.top, a.bottom, b.top, b.bottom) <= gapBetweenRows * small;
};

/** Connected lines, by a flood over pairs. */
const blocksOf = (lines: PlacedLine[]): PlacedLine[][] => {
  const left = new Set(lines);
  const blocks: PlacedLine[][] = [];
  for (const first of lines) {
    if (!left.delete(first)) continue;
    const block = [first];
    for (const each of block)
      for (const other of left)
        if (belongTogether(each, other)) {
          left.delete(other);
          block.push(other);
        }
    blocks.push(block);
  }
  return blocks;
};

const passagesOfBlock = (block: PlacedLine[]): Passage[] => {
  const passages: Passage[] = [];
  let current: { line: TextLine; separator: string }[] = [];
  let length = 0;
  for (const part of rowsOf(block).flatMap(parts)) {
    if (length > 0 && length + part.line.text.length > longestPassage) {
      passages.push(passageOf(current));
      current = [];
      length = 0;
    }
    current.push(part);
    length += part.line.text.length;
  }
  return [...passages, passageOf(current)];
};

const parts = (row: PlacedLine[]): { line: TextLine; separator: string }[] =>
  row.map(({ line }, index) => ({ line, separator: index === 0 ? '\n' : ' ' }));

/** From top to bottom, each from left to right. */
const rowsOf = (block: PlacedLine[]): PlacedLine[][] => {
  const rows: PlacedLine[][] = [];
  for (const line of [...block].sort((a, b) => a.top + a.bottom - b.top - b.bottom)) {
    const row = rows.at(-1);
    if (row && row.every((other) => inOneRow(line, other))) row.push(line);
    else rows.push([line]);
  }
  return rows.map((row) => row.sort((a, b) => a.left - b.left));
};
