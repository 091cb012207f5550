import { createHash } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { ModelPack } from '#libs/inference';

/** A pack around a graph that was made to be measured: bytes [batch, side, side, 3] in, probabilities and embedding out. */
export const measuredPack = async (
  folder: string,
  {
    name,
    graph,
    side,
    labels,
    embedding,
  }: { name: string; graph: Uint8Array; side: number; labels: number; embedding: number },
): Promise<ModelPack> => {
  const file = `${name}.onnx`;
  await writeFile(path.join(folder, file), graph);
  const names = Array.from({ length: labels }, (_, label) => `label ${label}`);
  return {
    graph: path.join(folder, file),
    labels: names,
    categories: [{ category: 'goods/first', labels: [0], calibration: null }],
    manifest: {
      name,
      version: '1',
      tier: 'deep',
      file,
      sha256: createHash('sha256').update(graph).digest('hex'),
      input: {
        name: 'image',
        width: side,
        height: side,
        layout: 'nhwc',
        dtype: 'uint8',
        normalisation: 'in-graph',
      },
      resize: { kind: 'antialiased-bicubic', minShortSide: side },
      outputs: {
        scores: { name: 'probabilities', activation: 'none' },
        embedding: { name: 'embedding', length: embedding },
      },
      labels: names,
      categories: { 'goods/first': [names[0]!] },
      benign: 'every other label',
      calibration: {},
      licence: 'Apache-2.0',
      source: 'weights by chance',
      card: 'README.md',
    },
  };
};
