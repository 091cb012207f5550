import { LRUCache } from 'lru-cache';
import type { Pixels } from '#libs/domain';
import type { DetectionSettings } from '../packs/text-manifest.js';
import { resizerFor } from '../resize/resizer-for.js';
import type { Resizer } from '../resize/resizer.js';

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

/** Most sizes whose resizers are kept: a landscape, an upright and a square picture's; each has memory of its own. */
const mostResizers = 3;

/** Brings pictures to the size in which writing is looked for. One for each thread. */
export class DetectionInput {
  readonly #resizers = new LRUCache<string, Resizer>({ max: mostResizers });

  constructor(private readonly settings: Pick<DetectionSettings, 'longestSide' | 'enlargedTo'>) {}

  /** @returns planes blue, green, red */
  of(source: Pixels): { values: Float32Array; size: Size } {
    const size = detectionSize(source, this.settings);
    const pixels = size.width * size.height;
    const resized = new Uint8Array(pixels * 3);
    this.#resizer(size).resize(source, resized, 0);
    const values = new Float32Array(pixels * 3);
    for (let plane = 0; plane < 3; plane += 1) {
      const scale = 1 / (255 * deviation[plane]!);
      const offset = mean[plane]! / deviation[plane]!;
      const start = plane * pixels;
      for (let at = 0, from = 2 - plane; at < pixels; at += 1, from += 3)
        values[start + at] = resized[from]! * scale - offset;
    }
    return { values, size };
  }

  #resizer({ width, height }: Size): Resizer {
    const name = `${width}x${height}`;
    const kept = this.#resizers.get(name);
    if (kept) return kept;
    const resizer = resizerFor('antialiased-bilinear', width, height);
    this.#resizers.set(name, resizer);
    return resizer;
  }
}
