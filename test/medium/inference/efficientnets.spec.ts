import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from '@jest/globals';
import type { Pixels } from '#libs/domain';
import { InferencePool, loadPack, type ModelPack } from '#libs/inference';
import { projectRoot } from '#libs/platform';
import { anEfficientNetPack, imageNetNormalisation, type PackBuilder } from '../../builders/pack.builder.js';
import { scene } from '../../fixtures/pictures.js';

/** EfficientNet-B0 with weights by chance, where the sample models lie beside the repository. */
const b0 = join(projectRoot, '..', 'shared', 'models', 'fixtures', 'efficientnet-b0-random.onnx');
const b0Of = { side: 224, input: 'input', output: 'logits' };

/** Of the model's own size, so that no resize stands between the two ways. */
const pictures = (side: number): Pixels[] =>
  [1, 2, 3].map((seed) => {
    const { data, ...size } = scene(seed, side, side);
    return { data: new Uint8Array(data), ...size };
  });

/** By the definition, channel by channel: (x / 255 − mean) / std. */
const planesOf = ({ data, width, height }: Pixels): Float32Array => {
  const planes = new Float32Array(data.length);
  for (let channel = 0; channel < 3; channel++)
    for (let at = 0; at < width * height; at++)
      planes[channel * width * height + at] =
        (data[3 * at + channel]! / 255 - imageNetNormalisation.mean[channel]!) /
        imageNetNormalisation.std[channel]!;
  return planes;
};

const softmax = (logits: number[]): number[] => {
  const powers = logits.map((logit) => Math.exp(logit - Math.max(...logits)));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
};

const logit = (p: number): number => Math.log(p / (1 - p));

/** What onnxruntime alone makes of one picture after the other. */
const byHand = async ({ graph, manifest }: ModelPack, views: Pixels[]): Promise<number[][]> => {
  const { layout, width: side } = manifest.input;
  const tensors = views.map((view) =>
    layout === 'nchw'
      ? { type: 'float32', data: planesOf(view), shape: [1, 3, side, side] }
      : { type: 'uint8', data: view.data, shape: [1, side, side, 3] },
  );
  const output = manifest.outputs.scores.name;
  const worker = new Worker(join(import.meta.dirname, 'bare-onnxruntime.mjs'), {
    workerData: { graph, output, tensors },
  });
  const [results] = (await once(worker, 'message')) as [Float32Array[]];
  await worker.terminate();
  return results.map((values) => [...values]);
};

/** What the project makes of all of them in one batch: label → value. */
const byPool = async (pack: ModelPack, views: Pixels[]): Promise<Record<string, number>[]> => {
  const pool = await InferencePool.open([pack], {
    threads: 1,
    provider: 'cpu',
    maxBatch: views.length,
    maxDelayMs: 60_000,
    queueLimit: views.length,
  });
  const answers = await Promise.all(
    views.map((view) => pool.classify(pack.manifest.name, { ...view, data: new Uint8Array(view.data) })),
  );
  await pool.close();
  return answers.map((answer) => {
    if (!answer.ok) throw new Error(answer.detail);
    return answer.value.labels;
  });
};

const expectAgreement = async (pack: ModelPack): Promise<void> => {
  const views = pictures(pack.manifest.input.width);
  const given = await byHand(pack, views);
  const { activation } = pack.manifest.outputs.scores;
  const expected = given.map((each) => (activation === 'softmax' ? softmax(each) : each));
  const undone = (value: number): number => (activation === 'sigmoid' ? logit(value) : value);
  const labels = await byPool(pack, views);
  const scale = Math.max(...expected.flat().map(Math.abs));
  labels.forEach((values, at) => {
    expect(Object.keys(values).length).toBeGreaterThanOrEqual(5);
    for (const [label, value] of Object.entries(values))
      expect(Math.abs(undone(value) - expected[at]![pack.labels.indexOf(label)]!)).toBeLessThan(
        scale / 1_000,
      );
  });
  // a graph that says the same of every picture would prove nothing
  const [first, ...others] = expected;
  for (const other of others)
    expect(Math.max(...other.map((value, i) => Math.abs(value - first![i]!)))).toBeGreaterThan(scale / 50);
};

const expectAgreementOf = async (builder: PackBuilder): Promise<void> => {
  const folder = await builder.write();
  try {
    await expectAgreement(await loadPack(folder));
  } finally {
    await rm(folder, { recursive: true });
  }
};

describe('The scores of an EfficientNet are onnxruntime’s own', () => {
  it('on float planes with a normalisation outside the graph', async () => {
    await expectAgreementOf(anEfficientNetPack());
  });

  (existsSync(b0) ? it : it.skip)('on float planes, for a whole B0', async () => {
    const builder = anEfficientNetPack({ graph: readFileSync(b0), ...b0Of });
    // weights by chance give logits near zero: as softmax's probabilities they would all be the same
    const scores = { name: b0Of.output, activation: 'sigmoid' };
    await expectAgreementOf(builder.with({ outputs: { scores, embedding: null } }));
  });

  it('on interleaved bytes, for Lite0', async () => {
    await expectAgreement(await loadPack(join(projectRoot, 'models', 'efficientnet-lite0')));
  });
});
