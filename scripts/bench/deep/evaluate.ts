import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '#libs/platform';
import { openPacks, packFolders } from '../../models/evaluation/open-packs.js';
import { knownLabels } from '../../models/evaluation/data/known-labels.js';
import { samplePhotos } from '../../models/evaluation/data/sample-photos.js';
import type { Evaluation } from '../../models/evaluation/evaluation.js';
import { buildModelPacks } from '../../start/model-packs.js';
import { atMost, type BenchRow, figure } from '../report.js';

const packs = ['nsfw-mobilenet-v2', 'nsfw-inception-v3', 'efficientnet-lite0'];
const slowestSeconds = 180;
const wanted = 1_000;
const wantedQuickly = 100;

/**
 * The command as a lead would run it, from its start to the report: the sample photos, over and over until there are enough,
 * so that nothing but the time can be read off.
 */
export const evaluateRows = async (isQuick: boolean): Promise<BenchRow[]> => {
  await buildModelPacks(new AbortController().signal, () => undefined);
  const known = knownLabels(await openPacks(await packFolders(packs)), []);
  const photos = await samplePhotos(known);
  if (!photos.ok) throw new Error(photos.problems[0]!.what);
  const count = isQuick ? wantedQuickly : wanted;
  const folder = await mkdtemp(join(tmpdir(), 'sluice-evaluate-'));
  try {
    const lines = Array.from({ length: count }, (_, at) => {
      const { path, categories } = photos.value[at % photos.value.length]!;
      return JSON.stringify({ path, label: categories.length > 0 ? categories : 'benign' });
    });
    const data = join(folder, 'data.jsonl');
    await writeFile(data, lines.join('\n'));
    const from = performance.now();
    await run(['--data', data, '--packs', packs.join(','), '--out', folder]);
    const seconds = (performance.now() - from) / 1_000;
    const evaluation = JSON.parse(await readFile(join(folder, 'evaluation.json'), 'utf8')) as Evaluation;
    if (evaluation.data.pictures !== count || evaluation.packs.length !== packs.length)
      throw new Error('the evaluation is not of what was asked');
    const name = `evaluate: ${count} photos (${photos.value.length} over and over), ${packs.length} packs, with report`;
    return [
      isQuick ? figure(name, 's', seconds) : atMost(name, 's', seconds, slowestSeconds),
      figure('cores of this machine', 'cores', evaluation.machine.cores),
    ];
  } finally {
    await rm(folder, { recursive: true });
  }
};

const run = (args: string[]): Promise<void> =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['scripts/run.mjs', 'models/evaluate', ...args], {
      cwd: projectRoot,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      code === 0 ? resolve() : reject(new Error(`models:evaluate ended with ${code}`)),
    );
  });
