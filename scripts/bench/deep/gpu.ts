import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import type { Pixels } from '#libs/domain';
import { loadPack, type ModelPack, type Provider } from '#libs/inference';
import { projectRoot } from '#libs/platform';
import { probe } from '../../gpu/probe.js';
import { atLeast, type BenchRow, figure } from '../report.js';
import { bareRate } from './gpu/bare-loop.js';
import { efficientNet, type EfficientNetShape, embeddingLength } from './gpu/efficientnet.js';
import { measuredPack } from './gpu/measured-pack.js';
import { noModel } from './gpu/no-model.js';
import { poolRate } from './gpu/pool-rate.js';

const providers = ['cpu', 'cuda', 'tensorrt', 'webgpu'];

/** A machine with an H200 has as many; what a picture costs beside the model bounds what they let through. */
const coresOfTarget = 16;
const b4PicturesPerSecond = 2_000;
const lite0PicturesPerSecond = 10_000;
const shareOfBareLoop = 0.9;

/** Each holds the activations of a whole batch in the GPU's memory: several gigabytes for B4 and 128 pictures. */
const mostThreads = 6;

interface Setup {
  provider: Provider;
  threads: number;
  seconds: number;
  isQuick: boolean;
}

/**
 * `--device cuda` (the default), `tensorrt`, `webgpu` or `cpu`, and `--threads N`: EfficientNet-B4 at 380 px in half
 * precision, weights by chance, and Lite0 through the pool, from decoded pixels, against a bare loop of onnxruntime on
 * the same device. Where the device cannot be used, what a picture costs beside the model is measured, and nothing else.
 * `--quick` takes small graphs, whose numbers mean nothing; with `--device cpu` it tries the program on any machine.
 */
export const gpuRows = async (isQuick: boolean): Promise<BenchRow[]> => {
  const setup = { ...readOptions(), isQuick, seconds: isQuick ? 1 : 10 };
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-gpu-'));
  try {
    const rows = await costBesideModel(folder, setup);
    if (!(await canRun(setup.provider))) return rows;
    return [...rows, ...(await b4Rows(folder, setup)), ...(await lite0Rows(folder, setup))];
  } finally {
    await rm(folder, { recursive: true });
  }
};

const readOptions = (): Pick<Setup, 'provider' | 'threads'> => {
  const { values } = parseArgs({
    options: { device: { type: 'string', default: 'cuda' }, threads: { type: 'string' } },
    strict: false,
  });
  const provider = String(values.device);
  if (!providers.includes(provider))
    throw new Error(`--device ${provider}: there are ${providers.join(', ')}`);
  return {
    provider: provider as Provider,
    threads:
      values.threads === undefined ? Math.min(mostThreads, availableParallelism()) : Number(values.threads),
  };
};

const canRun = async (provider: Provider): Promise<boolean> => {
  if (provider === 'cpu') return true;
  const { usable, lines } = await probe(provider, 0, process.env['LD_LIBRARY_PATH']);
  if (!usable) console.error(`${provider} cannot be used, and is not measured:\n${lines.join('\n')}`);
  return usable;
};

const b4 = ({ isQuick }: Setup): EfficientNetShape => ({
  ...(isQuick ? { side: 64, width: 0.5, depth: 0.5 } : { side: 380, width: 1.4, depth: 1.8 }),
  lite: false,
  labels: 1_000,
  precision: 'float16',
});

const lite0: EfficientNetShape = {
  side: 224,
  width: 1,
  depth: 1,
  lite: true,
  labels: 1_000,
  precision: 'float16',
};

/** Resize, hand-over between threads, memory, scoring: on the CPU whatever the model runs on. */
const costBesideModel = async (folder: string, { threads, seconds }: Setup): Promise<BenchRow[]> => {
  const rows: BenchRow[] = [];
  for (const { name, ...shape } of [
    { name: 'B4', side: 380, width: 1.4, lite: false },
    { name: 'Lite0', side: 224, width: 1, lite: true },
  ]) {
    const { side } = shape;
    const labels = 1_000;
    const embedding = embeddingLength(shape);
    const graph = noModel(side, labels, embedding);
    const pack = await measuredPack(folder, { name: `beside-${name}`, graph, side, labels, embedding });
    for (const [from, view] of [
      [`${side} px`, picture(side, side)],
      ['500x375', picture(500, 375)],
    ] as const) {
      const run = { provider: 'cpu', threads, batch: 32, seconds } as const;
      const { cpuMsPerPicture, mainMsPerPicture } = await poolRate(pack, view, run);
      const what = `beside the model, ${name} from ${from}`;
      rows.push(
        figure(`${what}: processor time`, 'ms a picture', cpuMsPerPicture),
        figure(`${what}: of it in the main thread`, 'ms a picture', mainMsPerPicture),
        figure(
          `${what}: bound with ${coresOfTarget} cores`,
          'pictures/s',
          Math.min((1_000 * coresOfTarget) / cpuMsPerPicture, 1_000 / mainMsPerPicture),
        ),
      );
    }
  }
  return rows;
};

const b4Rows = async (folder: string, setup: Setup): Promise<BenchRow[]> => {
  const shape = b4(setup);
  const embedding = embeddingLength(shape);
  const graph = efficientNet(shape);
  const pack = await measuredPack(folder, { name: 'b4', graph, ...shape, embedding });
  const rows: BenchRow[] = [];
  for (const batch of setup.isQuick ? [2] : [8, 32, 128]) {
    const isJudged = batch === 32 && setup.provider !== 'cpu';
    const target = isJudged ? b4PicturesPerSecond : undefined;
    rows.push(...(await compared('EfficientNet-B4, 380 px, float16', pack, setup, batch, target)));
  }
  return rows;
};

const lite0Rows = async (folder: string, setup: Setup): Promise<BenchRow[]> => {
  const shipped = await loadPack(path.join(projectRoot, 'models', 'efficientnet-lite0'));
  const half = await measuredPack(folder, {
    name: 'lite0-float16',
    graph: efficientNet(lite0),
    ...lite0,
    embedding: embeddingLength(lite0),
  });
  const batch = setup.isQuick ? 2 : 128;
  const target = setup.provider === 'cpu' ? undefined : lite0PicturesPerSecond;
  return [
    ...(await compared('EfficientNet-Lite0 as shipped, float32', shipped, setup, batch, target)),
    ...(await compared('EfficientNet-Lite0, float16, weights by chance', half, setup, batch)),
  ];
};

/** The pool against a bare loop: of one session, or of as many as the pool has, whichever is faster. */
const compared = async (
  name: string,
  pack: ModelPack,
  { provider, threads, seconds, isQuick }: Setup,
  batch: number,
  target?: number,
): Promise<BenchRow[]> => {
  const { width, height } = pack.manifest.input;
  const run = { provider, batch, seconds };
  const one = await bareRate(pack, { ...run, threads: 1 });
  const bare = Math.max(one, await bareRate(pack, { ...run, threads }));
  const { perSecond, openSeconds } = await poolRate(pack, picture(width, height), { ...run, threads });
  const what = `${name} on ${provider}, batch ${batch}${isQuick ? ' (quick: means nothing)' : ''}`;
  const [rate, share] = [`${what}: pool`, `${what}: pool against a bare loop`];
  return [
    figure(`${what}: bare loop`, 'pictures/s', bare),
    figure(`${what}: pool's ${threads} sessions open and warm after`, 's', openSeconds),
    target === undefined
      ? figure(rate, 'pictures/s', perSecond)
      : atLeast(rate, 'pictures/s', perSecond, target),
    target === undefined
      ? figure(share, 'x', perSecond / bare)
      : atLeast(share, 'x', perSecond / bare, shareOfBareLoop),
  ];
};

const picture = (width: number, height: number): Pixels => ({
  data: Uint8Array.from({ length: width * height * 3 }, (_, at) => (at * 31) % 251),
  width,
  height,
});
