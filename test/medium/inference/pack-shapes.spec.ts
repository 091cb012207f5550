import { rm } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pixels } from '#libs/domain';
import { InferencePool, loadPack, type ModelPack } from '#libs/inference';
import { OnnxGraph } from '../../../scripts/models/conversion/onnx-graph.js';
import { aPack, imageNetNormalisation } from '../../builders/pack.builder.js';
import { scene } from '../../fixtures/pictures.js';

/** What torch's models want, what TensorFlow's want, and plain 0–1. */
const normalisations = {
  torch: imageNetNormalisation,
  tf: { mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
  plain: { mean: [0, 0, 0], std: [1, 1, 1] },
};
type Normalisation = keyof typeof normalisations;

interface Shape {
  layout: 'nhwc' | 'nchw';
  dtype: 'uint8' | 'float32';
  /** of bytes only the graph can make 0–1, or anything */
  normalisation: Normalisation | 'in-graph';
  activation: 'none' | 'softmax' | 'sigmoid';
  side: number;
}

const all = <T>(...values: T[]): T[] => values;
const shapes: Shape[] = all<Shape['layout']>('nhwc', 'nchw').flatMap((layout) => [
  ...all<Normalisation>('torch', 'tf', 'plain').flatMap((normalisation) =>
    all<Shape['activation']>('softmax', 'sigmoid').map((activation) => ({
      ...{ layout, dtype: 'float32' as const, normalisation, activation, side: 32 },
    })),
  ),
  { layout, dtype: 'float32', normalisation: 'plain', activation: 'none', side: 48 },
  { layout, dtype: 'uint8', normalisation: 'in-graph', activation: 'none', side: 17 },
  { layout, dtype: 'uint8', normalisation: 'in-graph', activation: 'softmax', side: 480 },
]);
const nameOf = ({ layout, dtype, normalisation, activation, side }: Shape): string =>
  `${layout}-${dtype}-${normalisation}-${activation}-${side}`;

/** The mean of each colour; bytes are divided by 255 inside. */
const graphOf = ({ layout, dtype, side }: Shape): Uint8Array => {
  const graph = new OnnxGraph('means');
  const shape = layout === 'nhwc' ? (['batch', side, side, 3] as const) : (['batch', 3, side, side] as const);
  const input = graph.input('image', dtype, [...shape]);
  const floats = 1;
  const scaled = (): string => {
    const scale = graph.constant('scale', [1], Float32Array.of(1 / 255));
    return graph.node('Mul', [graph.node('Cast', [input], { to: floats }, 'cast'), scale], {}, 'scaled');
  };
  const values = dtype === 'float32' ? input : scaled();
  graph.output('means', 'float32', ['batch', 3]);
  graph.node('ReduceMean', [values], { axes: layout === 'nhwc' ? [1, 2] : [2, 3], keepdims: 0 }, 'means');
  return graph.toBytes();
};

/** By the definitions, one channel after the other. */
const expected = ({ normalisation, activation }: Shape, { data }: Pixels): number[] => {
  const { mean, std } = normalisations[normalisation === 'in-graph' ? 'plain' : normalisation];
  const values = [0, 1, 2].map((channel) => {
    const bytes = data.filter((_, i) => i % 3 === channel);
    const share = bytes.reduce((sum, byte) => sum + byte, 0) / bytes.length / 255;
    return (share - mean[channel]!) / std[channel]!;
  });
  if (activation === 'none') return values;
  if (activation === 'sigmoid') return values.map((value) => 1 / (1 + Math.exp(-value)));
  const sum = values.reduce((total, value) => total + Math.exp(value), 0);
  return values.map((value) => Math.exp(value) / sum);
};

describe('A pack by an operator', () => {
  let packs: ModelPack[];
  let pool: InferencePool;
  const folders: string[] = [];
  beforeAll(async () => {
    for (const shape of shapes) {
      const { layout, dtype, normalisation, activation, side } = shape;
      const builder = aPack()
        .withGraph(graphOf(shape))
        .with({
          name: nameOf(shape),
          input: {
            ...{ name: 'image', width: side, height: side, layout, dtype },
            normalisation: normalisation === 'in-graph' ? normalisation : normalisations[normalisation],
          },
          resize: { kind: 'antialiased-bilinear', minShortSide: side },
          outputs: { scores: { name: 'means', activation }, embedding: null },
        });
      folders.push(await builder.write());
    }
    packs = await Promise.all(folders.map((folder) => loadPack(folder)));
    const options = { threads: 1, provider: 'cpu', maxBatch: 2, maxDelayMs: 0, queueLimit: 10 } as const;
    pool = await InferencePool.open(packs, options);
  });
  afterAll(async () => {
    await pool.close();
    for (const folder of folders) await rm(folder, { recursive: true });
  });

  it.each(shapes.map((shape) => [nameOf(shape), shape] as const))(
    'is given and read as its manifest says: %s',
    async (name, shape) => {
      // of the model's own size, so that no resize stands between
      const { data, ...size } = scene(3, shape.side, shape.side);
      const view = { ...size, data: new Uint8Array(data) };
      const wanted = expected(shape, { ...view, data: new Uint8Array(data) });
      const answer = await pool.classify(name, view);
      if (!answer.ok) throw new Error(answer.detail);
      const { labels, scores } = answer.value;
      ['red', 'green', 'blue'].forEach((label, i) => expect(labels[label]).toBeCloseTo(wanted[i]!, 4));
      expect(scores['colour/red']).toBeCloseTo(wanted[0]!, 4);
      // three colours alike would prove nothing about their order
      expect(new Set(wanted.map((value) => value.toFixed(3))).size).toBe(3);
    },
  );
});
