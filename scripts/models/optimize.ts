import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import Table from 'cli-table3';
import { defaultPolicyDocument, type Policy } from '#libs/domain';
import { loadPack, type ModelPack, PackError } from '#libs/inference';
import { ServiceError } from '../services/service-error.js';
import { compare, refusalOf } from './optimize/comparison.js';
import { OptimizeError } from './optimize/optimize-error.js';
import { type OptimizeOptions, readOptions, type VariantKind } from './optimize/options.js';
import { type Split, splitPictures } from './optimize/pictures.js';
import { pythonTools } from './optimize/python.js';
import { howMade, type Tools, writeVariant } from './optimize/variant.js';
import { comparisonRows, variantCard } from './optimize/variant-card.js';

/**
 * npm run models:optimize -- PACK [--float16] [--int8 [--calibration FOLDER] [--method minmax|percentile]
 *   [--keep 5] [--reduce-range]] [--photos FOLDER] [--most-flips 0.01] [--most-change 0.1] [--out FOLDER]
 * Makes smaller variants of a pack with onnxruntime's own tools, which it sets up at first use, compares each with its
 * parent on pictures that it was not calibrated with, and keeps it only within the bounds: then it is a pack of its own
 * in the folder, which models:add takes into use. Exit code 1 when one was refused.
 */

const policy: Policy = { name: 'default', version: 1, document: defaultPolicyDocument };

/** @returns whether it was kept */
const makeVariant = async (
  kind: VariantKind,
  parent: ModelPack,
  options: OptimizeOptions,
  { calibration, comparison }: Split,
  tools: Tools,
): Promise<boolean> => {
  const stage = await mkdtemp(join(options.out, '.unfinished-'));
  try {
    const variant = await writeVariant(kind, parent, options.parent, stage, options, calibration, tools);
    const found = await compare(parent, variant, comparison, policy);
    const rows = await comparisonRows(parent, variant, found);
    console.log(`\n${variant.manifest.name} ${variant.manifest.version}\n${tableOf(rows)}`);
    const refusal = refusalOf(found, options);
    if (refusal !== undefined) {
      console.error(`Refused, and not written: ${refusal}`);
      return false;
    }
    const made = howMade(kind, options, calibration.length);
    await writeFile(join(stage, parent.manifest.card), variantCard(parent, variant, made, rows));
    console.log(`Kept: ${await keep(stage, options.out, variant.manifest.name)}`);
    return true;
  } finally {
    await rm(stage, { recursive: true, force: true });
  }
};

/** An earlier one of the same name gives way. */
const keep = async (stage: string, out: string, name: string): Promise<string> => {
  const place = join(out, name);
  await chmod(stage, 0o755);
  if (existsSync(place)) await rm(place, { recursive: true });
  await rename(stage, place);
  return place;
};

const tableOf = (rows: [string, string][]): string => {
  const table = new Table({ style: { head: [], border: [], compact: true } });
  table.push(...rows);
  return table.toString();
};

/** Returns the exit code. */
export const main = async (args: string[]): Promise<number> => {
  try {
    const options = readOptions(args);
    const parent = await loadPack(options.parent);
    const split = await splitPictures(options.calibration, options.photos);
    const tools = await pythonTools();
    await mkdir(options.out, { recursive: true });
    let kept = 0;
    for (const kind of options.kinds) if (await makeVariant(kind, parent, options, split, tools)) kept += 1;
    return kept === options.kinds.length ? 0 : 1;
  } catch (error) {
    const isExpected =
      error instanceof OptimizeError || error instanceof PackError || error instanceof ServiceError;
    if (!isExpected) throw error;
    console.error(`Not optimised: ${error.message}`);
    return 1;
  }
};
