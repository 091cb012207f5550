import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Pixels } from '#libs/domain';
import { InferencePool, loadPack, type ModelPack, sha256Of } from '#libs/inference';
import { projectRoot } from '#libs/platform';
import { type BenchRow, figure, percentile, report } from './report.js';

const batches = [1, 4, 8, 16, 32];
const threadCounts = [1, 2];
const picturesPerThread = 32;

/** What one turn cost. */
interface Turn {
  cpuMsPerPicture: number;
  picturesPerSecond: number;
}

/**
 * node scripts/run.mjs bench/batching [--json FILE] [--only PACK,…] [--rounds N]: what a run with several pictures costs
 * on this machine's CPU, against runs with one. The sizes take turns, and each is compared with batch 1 of its own
 * round, since other programs come and go. Takes about ten minutes. Returns the exit code.
 */
export const main = async (args: string[]): Promise<number> => {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'string' },
      only: { type: 'string' },
      rounds: { type: 'string', default: '5' },
    },
  });
  const packs = (await packsToMeasure()).filter(
    ({ manifest }) => !values.only || values.only.split(',').includes(manifest.name),
  );
  const rows: BenchRow[] = [];
  for (const pack of packs) {
    for (const threads of threadCounts) {
      console.error(`measuring ${pack.manifest.name} on ${threads} threads`);
      rows.push(...(await rowsOf(pack, threads, Number(values.rounds))));
    }
  }
  report('bench/batching', rows);
  return 0;
};

const rowsOf = async (pack: ModelPack, threads: number, rounds: number): Promise<BenchRow[]> => {
  const turns = new Map<number, Turn[]>(batches.map((batch) => [batch, []]));
  for (let round = 0; round < rounds; round++) {
    // every other round the other way, so that none always has the warmer machine
    for (const batch of round % 2 === 0 ? batches : batches.toReversed())
      turns.get(batch)!.push(await turnOf(pack, threads, batch));
  }
  const name = `${pack.manifest.name}, ${threads} thread${threads > 1 ? 's' : ''}`;
  const single = turns.get(1)!;
  return batches.flatMap((batch) => {
    const own = turns.get(batch)!;
    const cpu = own.map((turn) => turn.cpuMsPerPicture);
    if (batch === 1) return [figure(`${name}, batch 1: processor time`, 'ms a picture', median(cpu))];
    const cpuRatios = cpu.map((ms, round) => ms / single[round]!.cpuMsPerPicture);
    const rateRatios = own.map((turn, round) => turn.picturesPerSecond / single[round]!.picturesPerSecond);
    return [
      figure(`${name}, batch ${batch}: processor time a picture`, 'x batch 1', median(cpuRatios)),
      figure(`${name}, batch ${batch}: pictures a second`, 'x batch 1', median(rateRatios)),
    ];
  });
};

/** A pool of its own for each turn, as a worker would have it; opening it and its first batch are not counted. */
const turnOf = async (pack: ModelPack, threads: number, maxBatch: number): Promise<Turn> => {
  const pictures = picturesPerThread * threads;
  const pool = await InferencePool.open([pack], {
    threads,
    provider: 'cpu',
    maxBatch,
    maxDelayMs: 60_000,
    queueLimit: pictures,
  });
  const classify = async (count: number): Promise<void> => {
    const views = Array.from({ length: count }, () => viewFor(pack));
    const answers = await Promise.all(views.map((view) => pool.classify(pack.manifest.name, view)));
    const failure = answers.find((answer) => !answer.ok);
    if (failure && !failure.ok) throw new Error(failure.detail);
  };
  try {
    await classify(threads * maxBatch);
    const [cpu, from] = [process.cpuUsage(), performance.now()];
    await classify(pictures);
    const seconds = (performance.now() - from) / 1_000;
    const { user, system } = process.cpuUsage(cpu);
    return { cpuMsPerPicture: (user + system) / 1_000 / pictures, picturesPerSecond: pictures / seconds };
  } finally {
    await pool.close();
  }
};

const median = (values: number[]): number => percentile(values, 0.5);

/** Of the model's own size: its resize is part of a run, but is not what is asked here. */
const viewFor = ({ manifest: { input } }: ModelPack): Pixels => {
  const { width, height } = input;
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < data.length; at++) data[at] = (at * 31) % 251;
  return { data, width, height };
};

/** The deep packs that are shipped, and EfficientNet-B0 where the sample models lie beside the repository. */
const packsToMeasure = async (): Promise<ModelPack[]> => {
  const models = join(projectRoot, 'models');
  const shipped = ['nsfw-inception-v3', 'efficientnet-lite0'].map((name) => loadPack(join(models, name)));
  const graph = join(projectRoot, '..', 'shared', 'models', 'fixtures', 'efficientnet-b0-random.onnx');
  return [...(await Promise.all(shipped)), ...(existsSync(graph) ? [await efficientNetB0(graph)] : [])];
};

const efficientNetB0 = async (graph: string): Promise<ModelPack> => {
  const labels = ['a', 'b', 'c', 'd', 'e'];
  return {
    graph,
    labels,
    categories: [{ category: 'goods/first', labels: [0], calibration: null }],
    manifest: {
      name: 'efficientnet-b0',
      version: '1',
      tier: 'deep',
      file: 'efficientnet-b0-random.onnx',
      sha256: await sha256Of(graph),
      input: {
        name: 'input',
        width: 224,
        height: 224,
        layout: 'nchw',
        dtype: 'float32',
        normalisation: { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
      },
      resize: { kind: 'antialiased-bicubic', minShortSide: 224 },
      outputs: { scores: { name: 'logits', activation: 'softmax' }, embedding: null },
      labels,
      categories: { 'goods/first': ['a'] },
      benign: 'every other label',
      calibration: {},
      licence: 'Apache-2.0',
      source: 'weights by chance',
      card: 'README.md',
    },
  };
};
