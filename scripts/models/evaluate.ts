import { availableParallelism, cpus, platform, release, totalmem } from 'node:os';
import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { defaultPolicyDocument, type Policy, policyDocumentSchema, type Result } from '#libs/domain';
import { InferencePool, type ModelPack } from '#libs/inference';
import { projectRoot } from '#libs/platform';
import { yamlFile } from '../policy/yaml-file.js';
import { calibratePacks } from './evaluation/calibration/calibrate-packs.js';
import { type Prices, readPrices, shippedPrices } from './evaluation/cost/prices.js';
import { type Examination, examinePictures } from './evaluation/data/examine-pictures.js';
import { knownLabels } from './evaluation/data/known-labels.js';
import type { DataProblem, LabelledPicture } from './evaluation/data/labelled-picture.js';
import { readData } from './evaluation/data/read-data.js';
import { samplePhotos } from './evaluation/data/sample-photos.js';
import { sliceColumns } from './evaluation/evaluate-slices.js';
import { type Evaluation, evaluatePack } from './evaluation/evaluation.js';
import { folderOf, megabytesOf, openPacks, packFolders } from './evaluation/open-packs.js';
import { type EvaluateOptions, readOptions, usage } from './evaluation/options.js';
import { progress } from './evaluation/progress.js';
import { summaryTable } from './evaluation/report/summary-table.js';
import { writeReports } from './evaluation/report/write-reports.js';
import { scorePictures } from './evaluation/score-pictures.js';
import type { Scored } from './evaluation/scored.js';
import { measureSpeed } from './evaluation/speed/measure-speed.js';
import type { SpeedReport } from './evaluation/speed/speed-report.js';
import { flagTable, policyTable } from './evaluation/tables.js';
import { printAgreement } from './evaluation/print-agreement.js';
import { updateReviews } from './review/update-reviews.js';

/** Somebody has to change the data, the prices or the policy before anything can be evaluated. */
const unusableInput = 2;

/**
 * npm run models:evaluate: how accurate, how fast and how dear packs are, side by side. Over pictures without labels, only
 * which share of them a threshold would flag. See docs/models.md. Returns the exit code.
 */
export const main = async (args: string[]): Promise<number> => {
  if (args.includes('--help')) {
    console.log(usage);
    return 0;
  }
  const read = readOptions(args);
  if (!read.ok) {
    console.error(`${read.detail}\n\n${usage}`);
    return unusableInput;
  }
  const options = read.value;
  const packs = await openPacks(await packFolders(options.packs));
  const policy = await policyFrom(options.policy);
  if (options.data === undefined) return flagRates(packs, policy, options);

  const prices = await readPrices(options.prices);
  if (!prices.ok) {
    console.error(prices.detail);
    return unusableInput;
  }
  const machine = options.machine ?? prices.value.machine;
  if (!Object.hasOwn(prices.value.machines, machine)) {
    console.error(`${options.prices} has no price for a machine ${machine}`);
    return unusableInput;
  }
  const categories = Object.keys(policy.document.categories);
  const known = knownLabels(packs, categories);
  const data =
    options.data === 'samples' ? await samplePhotos(known) : await readData(resolve(options.data), known);
  const checked = await usablePictures(data, options);
  if (!checked.ok) {
    console.error(explained(checked.problems));
    return unusableInput;
  }
  const evaluation = await evaluate(packs, checked.value, { policy, prices: prices.value, machine }, options);
  console.log(summaryTable(evaluation));
  for (const file of await writeReports(evaluation, options.out, options.accuracy)) console.log(file);
  if (options.calibrate)
    for (const line of await calibratePacks(packs, evaluation, options.calibrate)) console.log(line);
  if (options.review) for (const line of await updateReviews(packs, evaluation)) console.log(line);
  return 0;
};

interface Judged {
  policy: Policy;
  prices: Prices;
  machine: string;
}

const evaluate = async (
  packs: ModelPack[],
  { usable, unusable, repeated }: Examination,
  { policy, prices, machine }: Judged,
  options: EvaluateOptions,
): Promise<Evaluation> => {
  const byPack = await scoreAll(
    packs,
    usable.map(({ path }) => path),
    options,
  );
  const speeds = options.speed ? await measureAll(packs, options) : new Map<ModelPack, SpeedReport>();
  const columns = sliceColumns(usable).filter((column) => options.slices?.includes(column) ?? true);
  const yardsticks = { policy, prices, machine, thresholds: options.thresholds, columns };
  const { currency, asOf, source, machines, traffic } = prices;
  return {
    madeAt: new Date().toISOString(),
    data: {
      source: options.data === 'samples' ? 'the sample photos beside the repository' : options.data!,
      pictures: usable.length,
      repeated,
      skipped: unusable,
      positives: positivesOf(usable),
      columns,
    },
    machine: thisMachine(),
    policy: { name: policy.name, version: policy.version },
    prices: {
      ...{ currency, asOf, source, machine },
      perHour: machines[machine]!.perHour,
      picturesPerYear: traffic.picturesPerYear,
      isExample: options.prices === shippedPrices,
    },
    packs: await Promise.all(
      packs.map(async (pack) =>
        evaluatePack(pack, byPack.get(pack)!, usable, yardsticks, {
          megabytes: await megabytesOf(pack),
          speed: speeds.get(pack),
        }),
      ),
    ),
  };
};

const thisMachine = (): Evaluation['machine'] => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: availableParallelism(),
  memoryGb: Math.round(totalmem() / 2 ** 30),
  node: process.version,
  platform: `${platform()} ${release()}`,
});

const positivesOf = (pictures: readonly LabelledPicture[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { categories } of pictures)
    for (const category of categories) counts[category] = (counts[category] ?? 0) + 1;
  return counts;
};

/** Every problem at once, before anything is scored; pictures that cannot be read may be left out when that was asked for. */
const usablePictures = async (
  data: Result<LabelledPicture[], { code: 'unusable_data'; problems: DataProblem[] }>,
  { threads, skipUnusable }: EvaluateOptions,
): Promise<Result<Examination, { code: 'unusable_data'; problems: DataProblem[] }>> => {
  if (!data.ok) return data;
  const bar = progress('checking', data.value.length);
  const found = await examinePictures(data.value, { concurrency: 2 * threads, onPicture: bar.step });
  bar.stop();
  const problems = [...found.contradictions, ...(skipUnusable ? [] : found.unusable)];
  if (problems.length > 0) return { ok: false, code: 'unusable_data', problems };
  if (found.usable.length === 0)
    return {
      ok: false,
      code: 'unusable_data',
      problems: [{ where: 'the data', what: 'no picture can be read' }],
    };
  return { ok: true, value: found };
};

const explained = (problems: readonly DataProblem[]): string =>
  [
    `Nothing was evaluated: ${problems.length} problem${problems.length === 1 ? '' : 's'} in the data.`,
    ...problems.map(({ where, what }) => `  ${where}: ${what}`),
    'Pictures that are missing or cannot be decoded are left out with --skip-unusable.',
  ].join('\n');

const scoreAll = async (
  packs: ModelPack[],
  files: readonly string[],
  { threads, provider }: EvaluateOptions,
): Promise<Map<ModelPack, Scored[]>> => {
  const concurrency = 2 * threads;
  const pool = await InferencePool.open(packs, {
    threads,
    provider,
    maxBatch: 1,
    maxDelayMs: 0,
    queueLimit: concurrency,
  });
  const bar = progress('scoring ', files.length);
  try {
    return await scorePictures(pool, packs, files, { concurrency, onPicture: bar.step });
  } finally {
    bar.stop();
    await pool.close();
  }
};

/** One pack after the other: two at a time would measure each other. */
const measureAll = async (
  packs: readonly ModelPack[],
  { threads, provider, batches }: EvaluateOptions,
): Promise<Map<ModelPack, SpeedReport>> => {
  const bar = progress('timing  ', packs.length);
  const speeds = new Map<ModelPack, SpeedReport>();
  for (const pack of packs) {
    const request = { folder: folderOf(pack), provider, threads, batches, figureMs: 1_500 };
    speeds.set(pack, await measureSpeed(request));
    bar.step();
  }
  bar.stop();
  return speeds;
};

const policyFrom = async (file: string | undefined): Promise<Policy> =>
  file === undefined
    ? { name: 'default', version: 1, document: defaultPolicyDocument }
    : { name: file, version: 1, document: policyDocumentSchema.parse(await yamlFile(file)) };

const filesIn = async (folder: string): Promise<string[]> => {
  const paths = (await readdir(folder)).sort().map((name) => join(folder, name));
  const kinds = await Promise.all(paths.map((path) => stat(path)));
  return paths.filter((_, i) => kinds[i]!.isFile());
};

/** Over pictures of which nobody says what they show. */
const flagRates = async (packs: ModelPack[], policy: Policy, options: EvaluateOptions): Promise<number> => {
  const folders = options.folders?.map((folder) => resolve(folder)) ?? [
    join(projectRoot, '../shared/data/photos'),
    join(projectRoot, '../shared/data/large'),
  ];
  const files = (await Promise.all(folders.map(filesIn))).flat();
  const byPack = await scoreAll(packs, files, options);
  console.log(`${files.length} pictures in ${folders.join(', ')}\n`);
  for (const [{ manifest }, scored] of byPack) {
    const { name, version, tier } = manifest;
    console.log(`${name} ${version} (${tier}): share of the pictures that a threshold would flag`);
    console.log(`${flagTable(scored)}\n`);
    if (options.reference) await printAgreement(name, scored);
  }
  console.log('What the policy would make of them, by surface');
  console.log(policyTable(policy, byPack));
  return 0;
};
