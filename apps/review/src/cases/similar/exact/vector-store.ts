import type { Neighbour } from '#libs/database';
import { halfPrecision } from './half-precision.js';

/** An embedding as it travels to the store: half-precision numbers, in the machine's order; null: forget it. */
export interface VectorRow {
  contentId: string;
  /** only vectors of one group are comparable */
  group: string;
  halves: Uint16Array | null;
}

export interface Query {
  group: string;
  halves: Uint16Array;
  leaveOut: ReadonlySet<string>;
  limit: number;
}

export interface Answer {
  neighbours: Neighbour[];
  /** vectors that were compared, or could have been */
  searched: number;
}

interface Vector {
  group: string;
  halves: Uint16Array;
  /** 1 / length; 0 for a vector that has no direction: it is like nothing */
  inverseLength: number;
}

/** What a vector takes beside its numbers, about, in bytes. */
const overhead = 300;

/**
 * Vectors in memory, and an exact search among them: cosine by way of a table of all half-precision numbers. Keeps to a
 * number of bytes; where they do not suffice, the oldest vectors go.
 */
export class VectorStore {
  private readonly vectors = new Map<string, Vector>();
  /** of the first load, the latest first: those at its end are the oldest of all */
  private readonly firstLoaded: string[] = [];
  private usedBytes = 0;

  constructor(private readonly maxBytes: number) {}

  /**
   * Rows of the first load, the latest first.
   * @returns false once the store is full, and nothing more is taken
   */
  load(rows: readonly VectorRow[]): boolean {
    for (const row of rows) {
      if (row.halves === null || this.vectors.has(row.contentId)) continue;
      if (this.usedBytes + bytesOf(row.halves) > this.maxBytes) return false;
      this.put(row.contentId, row.group, row.halves);
      this.firstLoaded.push(row.contentId);
    }
    return true;
  }

  /** Rows that came since, in the order of their writing. */
  add(rows: readonly VectorRow[]): void {
    for (const { contentId, group, halves } of rows) {
      this.forget(contentId);
      if (halves !== null) this.put(contentId, group, halves);
    }
    while (this.usedBytes > this.maxBytes) this.forgetOldest();
  }

  /** The nearest first. Among as near ones those that are kept longest. */
  nearest({ group, halves, leaveOut, limit }: Query): Answer {
    const origin = Float32Array.from(halves, (bits) => halfPrecision[bits]!);
    const inverseLength = inverseLengthOf(halves);
    const best: Neighbour[] = [];
    let searched = 0;
    for (const [contentId, vector] of this.vectors) {
      if (vector.group !== group) continue;
      searched++;
      if (vector.inverseLength === 0 || vector.halves.length !== origin.length || leaveOut.has(contentId))
        continue;
      const similarity = product(origin, vector.halves) * inverseLength * vector.inverseLength;
      if (inverseLength > 0) keepBest(best, { contentId, similarity }, limit);
    }
    return { neighbours: best, searched };
  }

  private put(contentId: string, group: string, halves: Uint16Array): void {
    // A copy of its own: a part of a page would keep the whole page alive.
    const own = halves.slice();
    this.vectors.set(contentId, { group, halves: own, inverseLength: inverseLengthOf(own) });
    this.usedBytes += bytesOf(own);
  }

  private forget(contentId: string): void {
    const vector = this.vectors.get(contentId);
    if (!vector) return;
    this.vectors.delete(contentId);
    this.usedBytes -= bytesOf(vector.halves);
  }

  private forgetOldest(): void {
    const oldest = this.firstLoaded.pop() ?? this.vectors.keys().next().value;
    if (oldest !== undefined) this.forget(oldest);
  }
}

const bytesOf = (halves: Uint16Array): number => halves.byteLength + overhead;

/** 0 for what has no length, or none that is a number. */
const inverseLengthOf = (halves: Uint16Array): number => {
  let squared = 0;
  for (const bits of halves) squared += halfPrecision[bits]! ** 2;
  return squared > 0 && Number.isFinite(squared) ? 1 / Math.sqrt(squared) : 0;
};

const product = (origin: Float32Array, halves: Uint16Array): number => {
  let sum = 0;
  for (let at = 0; at < origin.length; at++) sum += origin[at]! * halfPrecision[halves[at]!]!;
  return sum;
};

/** Keeps a short list in order. */
const keepBest = (best: Neighbour[], next: Neighbour, limit: number): void => {
  if (best.length === limit && next.similarity <= best[limit - 1]!.similarity) return;
  let at = best.length;
  while (at > 0 && best[at - 1]!.similarity < next.similarity) at--;
  best.splice(at, 0, next);
  if (best.length > limit) best.pop();
};
