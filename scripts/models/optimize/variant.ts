import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadPack, type ModelPack, sha256Of } from '#libs/inference';
import type { SamplePicture } from '../../demo/sample-pictures.js';
import type { OptimizeOptions, VariantKind } from './options.js';
import { inputShape, writeInputs } from './write-inputs.js';

export type Tools = (args: string[]) => Promise<string>;

/** In words, for the manifest and the card. */
export const howMade = (
  kind: VariantKind,
  { method, reduceRange, keep }: Pick<OptimizeOptions, 'method' | 'reduceRange' | 'keep'>,
  calibrated: number,
): string =>
  kind === 'float16'
    ? 'weights and activations as float16 by onnxruntime.transformers.float16 1.30.0; what comes before the first ' +
      'convolution and the last activation stay float32'
    : `static 8-bit QDQ by onnxruntime.quantization 1.30.0: activations uint8, weights int8 per channel` +
      `${reduceRange ? ' of 7 bits' : ''}, ranges by ${method} over ${calibrated} pictures; what comes before the ` +
      `first convolution, the first ${keep} convolutions and the last activation stay float32`;

/**
 * Writes a pack with a smaller graph into an empty folder, all but its card.
 *
 * @throws ServiceError with what the Python tools said
 */
export const writeVariant = async (
  kind: VariantKind,
  parent: ModelPack,
  parentFolder: string,
  stage: string,
  options: OptimizeOptions,
  calibration: readonly SamplePicture[],
  tools: Tools,
): Promise<ModelPack> => {
  const { manifest } = parent;
  const graph = join(stage, manifest.file);
  await tools([kind, parent.graph, graph, ...(await flagsOf(kind, parent, stage, options, calibration))]);
  await rm(join(stage, inputsFile), { force: true });
  const sha256 = await sha256Of(graph);
  const content = JSON.parse(await readFile(join(parentFolder, 'manifest.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  // what the parent costs says nothing of this one
  delete content['costClass'];
  const made = howMade(kind, options, calibration.length);
  Object.assign(content, {
    name: `${manifest.name}-${kind}`,
    // another calibration gives other scores: the graph itself tells them apart
    version: `${manifest.version}-${sha256.slice(0, 8)}`,
    sha256,
    source: `${manifest.name} ${manifest.version} (sha256 ${manifest.sha256}), ${made}. Its source: ${manifest.source}`,
  });
  await writeFile(join(stage, 'manifest.json'), `${JSON.stringify(content, null, 2)}\n`);
  const labels = Array.isArray(manifest.labels) ? [] : [manifest.labels];
  for (const file of ['LICENSE', ...labels]) await copyFile(join(parentFolder, file), join(stage, file));
  // a pack has a card: until it is compared it has nothing to say
  await writeFile(join(stage, manifest.card), `# ${String(content['name'])}\n`);
  return loadPack(stage);
};

const inputsFile = '.calibration.bin';

const flagsOf = async (
  kind: VariantKind,
  parent: ModelPack,
  stage: string,
  { method, reduceRange, keep }: OptimizeOptions,
  calibration: readonly SamplePicture[],
): Promise<string[]> => {
  if (kind === 'float16') return [];
  const inputs = join(stage, inputsFile);
  await writeInputs(parent, calibration, inputs);
  return [
    ...['--pictures', inputs, '--dtype', parent.manifest.input.dtype],
    ...['--shape', inputShape(parent).join(), '--method', method],
    ...['--keep', String(keep)],
    ...(reduceRange ? ['--reduce-range'] : []),
  ];
};
