import type { StoredEmbedding } from '#libs/database';
import type { PackedRows } from './messages.js';
import type { VectorRow } from './vector-store.js';

/** Only embeddings of one model and version are comparable. */
export const groupOf = ({ model, version }: { model: string; version: string }): string =>
  `${model}\n${version}`;

/** Numbers as they are stored (little endian) in the machine's order: all machines that Node runs on have that. */
export const halvesOf = (vector: Buffer): Uint16Array => {
  const halves = new Uint16Array(vector.length / 2);
  new Uint8Array(halves.buffer).set(vector);
  return halves;
};

export const packed = (rows: readonly StoredEmbedding[]): PackedRows => {
  const vectors = rows.map(({ vector }) => vector && halvesOf(vector));
  const halves = new Uint16Array(vectors.reduce((sum, each) => sum + (each?.length ?? 0), 0));
  let at = 0;
  for (const vector of vectors) {
    if (vector === null) continue;
    halves.set(vector, at);
    at += vector.length;
  }
  return {
    contentIds: rows.map(({ contentId }) => contentId),
    groups: rows.map(groupOf),
    lengths: Int32Array.from(vectors, (vector) => vector?.length ?? forgotten),
    halves,
  };
};

const forgotten = -1;

export const unpacked = ({ contentIds, groups, lengths, halves }: PackedRows): VectorRow[] => {
  let from = 0;
  return contentIds.map((contentId, at) => {
    const length = lengths[at]!;
    if (length === forgotten) return { contentId, group: groups[at]!, halves: null };
    from += length;
    return { contentId, group: groups[at]!, halves: halves.subarray(from - length, from) };
  });
};
