import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { defaultPolicyDocument, type PolicyDocument, type Verdict } from '#libs/domain';
import { OnnxGraph } from '../../models/conversion/onnx-graph.js';

/** What stands in for the models' weight: real packs with tiny graphs, so that a picture's colours are its scores. */
export const fastPack = 'chaos-fast';
export const deepPack = 'chaos-deep';
const category = 'colour/doubt';

/** Mean brightness 0–1 of a colour plane that a tier takes for this verdict, far from both thresholds. */
export const meanFor = (verdict: Verdict): number => ({ allow: 0.2, review: 0.5, block: 0.8 })[verdict];

/** (mean − 0.5) / 0.1 is the logit: 0.05, 0.5 and 0.95 for the means above. */
const normalisation = { mean: [0.5, 0.5, 0.5], std: [0.1, 0.1, 0.1] };
const thresholds = { review: 0.25, block: 0.75 };

/** Share of allows that a person looks at: many, for there to be enough to count. */
const auditSampleRate = 0.05;

/** Both tiers judge the one category that the stub packs score; `listing` sends everything to the deep tier. */
export const chaosPolicy: PolicyDocument = {
  ...defaultPolicyDocument,
  categories: { [category]: { fast: thresholds, deep: thresholds } },
  deep: {},
  hold: true,
  auditSampleRate,
  surfaces: { listing: { deep: { [category]: 'always' } } },
};

const side = 4;
const labels = ['red', 'green', 'blue'];

/** Writes both packs into a folder of packs. */
export const writeStubPacks = async (folder: string): Promise<void> => {
  await writePack(folder, { name: fastPack, tier: 'fast', scored: 'red' });
  await writePack(folder, { name: deepPack, tier: 'deep', scored: 'green' });
};

const writePack = async (
  folder: string,
  { name, tier, scored }: { name: string; tier: 'fast' | 'deep'; scored: string },
): Promise<void> => {
  const graph = colourMeans();
  const manifest = {
    name,
    version: '1',
    tier,
    file: 'model.onnx',
    sha256: createHash('sha256').update(graph).digest('hex'),
    input: {
      name: 'planes',
      width: side,
      height: side,
      layout: 'nchw',
      dtype: 'float32',
      normalisation,
    },
    resize: { kind: 'antialiased-bilinear', minShortSide: side },
    outputs: { scores: { name: 'means', activation: 'sigmoid' }, embedding: null },
    labels,
    categories: { [category]: [scored] },
    benign: labels.filter((label) => label !== scored),
    calibration: {},
    licence: 'Apache-2.0',
    source: 'made by the chaos suite',
    card: 'README.md',
  };
  const pack = path.join(folder, name);
  await mkdir(pack, { recursive: true });
  await writeFile(path.join(pack, 'manifest.json'), JSON.stringify(manifest));
  await writeFile(path.join(pack, 'model.onnx'), graph);
  await writeFile(
    path.join(pack, 'README.md'),
    `# ${name}\nThe mean of one colour plane, for the chaos suite.\n`,
  );
  await writeFile(path.join(pack, 'LICENSE'), 'as the project');
};

const colourMeans = (): Uint8Array => {
  const graph = new OnnxGraph('colours');
  const planes = graph.input('planes', 'float32', ['batch', 3, side, side]);
  const means = graph.node('GlobalAveragePool', [planes], {}, 'pooled');
  graph.output('means', 'float32', ['batch', labels.length]);
  graph.node('Flatten', [means], { axis: 1 }, 'means');
  return graph.toBytes();
};
