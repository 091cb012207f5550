import { createHash } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Manifest } from '#libs/inference';
import { OnnxGraph } from '../../scripts/models/conversion/onnx-graph.js';
import { efficientNetGraph, smallEfficientNet } from './efficientnet.graph.js';

const side = 4;
const labels = ['red', 'green', 'blue'];

/**
 * A whole model pack on disk, with a graph small enough to check by hand: float planes [batch, 3, 4, 4] in, the mean
 * of each colour plane out, so that the logit of `red` is how red the picture is.
 */
export class PackBuilder {
  #manifest: Record<string, unknown>;
  #graph: Uint8Array;
  #without: string[] = [];
  #fixedChecksum: string | undefined;

  constructor() {
    this.#graph = colourMeans('batch');
    this.#manifest = {
      name: 'colours',
      version: '1',
      tier: 'deep',
      file: 'model.onnx',
      input: {
        name: 'planes',
        width: side,
        height: side,
        layout: 'nchw',
        dtype: 'float32',
        normalisation: { mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25] },
      },
      resize: { kind: 'antialiased-bilinear', minShortSide: side },
      outputs: { scores: { name: 'means', activation: 'softmax' }, embedding: null },
      labels,
      categories: { 'colour/red': ['red'] },
      benign: ['green', 'blue'],
      calibration: {},
      licence: 'Apache-2.0',
      source: 'made by a test',
      card: 'README.md',
    } satisfies Omit<Manifest, 'sha256'>;
  }

  /** Lays fields over the manifest. */
  with(fields: Record<string, unknown>): this {
    this.#manifest = { ...this.#manifest, ...fields };
    return this;
  }

  withFixedBatch(batch: number): this {
    this.#graph = colourMeans(batch);
    return this;
  }

  withGraph(bytes: Uint8Array): this {
    this.#graph = bytes;
    return this;
  }

  withChecksum(sha256: string): this {
    this.#fixedChecksum = sha256;
    return this;
  }

  without(file: string): this {
    this.#without.push(file);
    return this;
  }

  /** @returns the pack's folder, in the system's temporary folder */
  async write(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-pack-'));
    const sha256 = this.#fixedChecksum ?? createHash('sha256').update(this.#graph).digest('hex');
    const files: Record<string, string | Uint8Array> = {
      'manifest.json': JSON.stringify({ sha256, ...this.#manifest }),
      'model.onnx': this.#graph,
      'README.md': '# colours',
      LICENSE: 'as the project',
    };
    for (const [name, content] of Object.entries(files)) {
      if (!this.#without.includes(name)) await writeFile(join(folder, name), content);
    }
    return folder;
  }
}

export const aPack = (): PackBuilder => new PackBuilder();

/** How torch's models were trained to see ImageNet. */
export const imageNetNormalisation = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/**
 * A pack of a float NCHW EfficientNet: the small one, or another with as many labels.
 */
export const anEfficientNetPack = (
  of: { graph?: Uint8Array; side?: number; input?: string; output?: string } = {},
): PackBuilder => {
  const { graph = efficientNetGraph(), side = smallEfficientNet.side } = of;
  const { labels } = smallEfficientNet;
  return aPack()
    .withGraph(graph)
    .with({
      name: 'small-efficientnet',
      input: {
        name: of.input ?? 'planes',
        width: side,
        height: side,
        layout: 'nchw',
        dtype: 'float32',
        normalisation: imageNetNormalisation,
      },
      resize: { kind: 'antialiased-bicubic', minShortSide: side },
      outputs: { scores: { name: of.output ?? 'logits', activation: 'softmax' }, embedding: null },
      labels,
      categories: { 'goods/first': ['a'], 'goods/others': ['b', 'c'] },
      benign: ['d', 'e'],
    });
};

const colourMeans = (batch: number | 'batch'): Uint8Array => {
  const graph = new OnnxGraph('colours');
  const planes = graph.input('planes', 'float32', [batch, 3, side, side]);
  const means = graph.node('GlobalAveragePool', [planes], {}, 'pooled');
  graph.output('means', 'float32', [batch, labels.length]);
  graph.node('Flatten', [means], { axis: 1 }, 'means');
  return graph.toBytes();
};
