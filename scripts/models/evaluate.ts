import { readdir, readFile, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultPolicyDocument, type Policy } from '#libs/domain';
import { decode, defaultImageLimits, inspect } from '#libs/images';
import { InferencePool, loadPack, type ModelPack } from '#libs/inference';
import { summarise } from './evaluation/agreement.js';
import type { Scored } from './evaluation/scored.js';
import { flagTable, policyTable } from './evaluation/tables.js';
import { projectRoot } from './project-root.js';
import { NsfwjsReference, nsfwjsModels, type NsfwjsPack } from './reference/nsfwjs.js';

/**
 * npm run models:evaluate -- [FOLDER …] [--reference]
 * Runs every pack over the pictures in the folders (default: the sample photos beside the repository) and prints, per
 * category, which share of them a threshold would flag, and what the default policy would make of them. Over benign
 * pictures that is the rate of false alarms. With --reference also how well the packs agree with nsfwjs itself.
 */

/** As large as no picture: decoded in full. */
const neverShrink = 100_000;

const filesIn = async (folder: string): Promise<string[]> => {
  const paths = (await readdir(folder)).sort().map((name) => join(folder, name));
  const kinds = await Promise.all(paths.map((path) => stat(path)));
  return paths.filter((_, i) => kinds[i]!.isFile());
};

const pixelsOf = async (file: string, minShortSide: number) => {
  const bytes = await readFile(file);
  const facts = await inspect(bytes, defaultImageLimits);
  if (!facts.ok) throw new Error(`${file}: ${facts.detail}`);
  const decoded = await decode(bytes, facts.value, { minShortSide, sampledFrames: 1 });
  if (!decoded.ok) throw new Error(`${file}: ${decoded.detail}`);
  return decoded.value.views[0]!;
};

const scoreAll = async (pool: InferencePool, { manifest }: ModelPack, files: string[]): Promise<Scored[]> => {
  const scored: Scored[] = [];
  for (const file of files) {
    const result = await pool.classify(manifest.name, await pixelsOf(file, manifest.resize.minShortSide));
    if (!result.ok) throw new Error(`${file}: ${result.detail}`);
    scored.push({ file, scores: result.value.scores, labels: result.value.labels });
  }
  return scored;
};

const printAgreement = async (pack: NsfwjsPack, scored: Scored[]): Promise<void> => {
  const reference = await NsfwjsReference.start(pack);
  const pairs = [];
  for (const { file, labels } of scored) {
    pairs.push({ expected: await reference.classify(await pixelsOf(file, neverShrink)), found: labels });
  }
  await reference.close();
  const { topAgrees, meanDifference, largestDifference } = summarise(pairs);
  console.log(
    `against nsfwjs on full decodes: top label agrees on ${(topAgrees * 100).toFixed(1)} %, mean difference ` +
      `${meanDifference.toFixed(4)}, largest ${largestDifference.toFixed(3)}\n`,
  );
};

/** Returns the exit code. */
export const main = async (args: string[]): Promise<number> => {
  const { values, positionals } = parseArgs({
    args,
    options: { reference: { type: 'boolean', default: false } },
    allowPositionals: true,
  });
  const folders = (positionals.length ? positionals : ['../shared/data/photos', '../shared/data/large']).map(
    (folder) => resolve(positionals.length ? process.cwd() : projectRoot, folder),
  );

  const files = (await Promise.all(folders.map(filesIn))).flat();
  const names = (await readdir(join(projectRoot, 'models'), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
  const packs = await Promise.all(names.map((name) => loadPack(join(projectRoot, 'models', name))));
  const pool = await InferencePool.open(packs, {
    threads: 1,
    provider: 'cpu',
    maxBatch: 1,
    maxDelayMs: 0,
    queueLimit: 1,
  });
  console.log(`${files.length} pictures in ${folders.join(', ')}\n`);
  const byPack = new Map<ModelPack, Scored[]>();
  for (const pack of packs) {
    const { name, version, tier } = pack.manifest;
    const scored = await scoreAll(pool, pack, files);
    byPack.set(pack, scored);
    console.log(`${name} ${version} (${tier}): share of the pictures that a threshold would flag`);
    console.log(`${flagTable(scored)}\n`);
    if (values.reference && name in nsfwjsModels) await printAgreement(name as NsfwjsPack, scored);
  }
  await pool.close();

  const policy: Policy = { name: 'default', version: 1, document: defaultPolicyDocument };
  console.log('What the default policy would make of them, by surface');
  console.log(policyTable(policy, byPack));
  return 0;
};
