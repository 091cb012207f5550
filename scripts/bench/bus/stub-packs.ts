import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Category } from '#libs/domain';
import { OnnxGraph } from '../../models/conversion/onnx-graph.js';

const side = 4;
const labels = ['red', 'green', 'blue'];

/** What the stub packs know. */
export const stubCategory: Category = 'colour/red';

/** A fast and a deep pack whose graph is the mean of each colour: all of the worker but the weight of its models. */
export const writeStubPacks = async (folder: string): Promise<Record<string, string>> => {
  const graph = colourMeans();
  const sha256 = createHash('sha256').update(graph).digest('hex');
  for (const tier of ['fast', 'deep']) {
    const pack = join(folder, `stub-${tier}`);
    await mkdir(pack, { recursive: true });
    const manifest = {
      name: `stub-${tier}`,
      version: '1',
      tier,
      file: 'model.onnx',
      sha256,
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
      categories: { [stubCategory]: ['red'] },
      benign: ['green', 'blue'],
      calibration: {},
      licence: 'Apache-2.0',
      source: 'made by a benchmark',
      card: 'README.md',
    };
    await writeFile(join(pack, 'manifest.json'), JSON.stringify(manifest));
    await writeFile(join(pack, 'model.onnx'), graph);
    await writeFile(join(pack, 'README.md'), '# mean colours');
    await writeFile(join(pack, 'LICENSE'), 'as the project');
  }
  return { MODELS_DIR: folder, FAST_PACK: 'stub-fast' };
};

const colourMeans = (): Uint8Array => {
  const graph = new OnnxGraph('colours');
  const planes = graph.input('planes', 'float32', ['batch', 3, side, side]);
  const means = graph.node('GlobalAveragePool', [planes], {}, 'pooled');
  graph.output('means', 'float32', ['batch', labels.length]);
  graph.node('Flatten', [means], { axis: 1 }, 'means');
  return graph.toBytes();
};
