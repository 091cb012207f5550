import type { Pixels } from '#libs/domain';
import type { DetectionSettings } from '../packs/text-manifest.js';
import { AntialiasedResizer, triangle } from '../resize/antialiased.js';

/** The graph halves a picture five times. */
const grid = 32;

/** Of ImageNet, as PP-OCR's detection was trained: in the order blue, green, red, whatever the papers say. */
const mean = [0.485, 0.456, 0.406];
const deviation = [0.229, 0.224, 0.225];

export interface Size {
  width: number;
  height: number;
}

/** What a picture is brought to before writing is looked for: about its own shape, sides of multiples of 32. */
export const detectionSize = (
  { width, height }: Size,
  { longestSide, enlargedTo }: Pick<DetectionSettings, 'longestSide' | 'enlargedTo'>,
): Size => {
  const longest = Math.max(width, height);
  const scale = Math.min(Math.max(longest, enlargedTo), longestSide) / longest;
  return { width: onGrid(width * scale, longestSide), height: onGrid(height * scale, longestSide) };
};

const onGrid = (side: number, longest: number): number =>
  Math.min(Math.max(Math.round(side / grid), 1) * grid, longest);

/** Brings a picture to the given size, and writes it to planes blue, green, red of a tensor. */
export const detectionInput = (source: Pixels, size: Size, target: Float32Array): void => {
  const pixels = size.width * size.height;
  const resized = new Uint8Array(pixels * 3);
  new AntialiasedResizer(size.width, size.height, triangle).resize(source, resized, 0);
  for (let plane = 0; plane < 3; plane += 1) {
    const channel = 2 - plane;
    const scale = 1 / (255 * deviation[plane]!);
    const offset = mean[plane]! / deviation[plane]!;
    for (let at = 0, from = channel; at < pixels; at += 1, from += 3)
      target[plane * pixels + at] = resized[from]! * scale - offset;
  }
};
