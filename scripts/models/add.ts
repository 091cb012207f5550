import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { defaultProbeLimits, loadPack, type ModelPack, PackError, probePack } from '#libs/inference';
import { fields, loadConfig } from '#libs/platform';
import { AddError } from './adding/add-error.js';
import { ChecksumLock } from './adding/checksum-lock.js';
import { gatherEntry, gatherFolder, gatherUrl, lockGraph } from './adding/gather.js';
import { install, placeFor, stageIn } from './adding/install.js';
import { assertLicence } from './adding/licence.js';
import { bytesInAMegabyte, mostFiles, type SizeLimits } from './adding/limits.js';
import { trialPictures, viewsOf } from './adding/sample-views.js';
import { suspicionsOf } from './adding/suspicions.js';
import { costClassOf, trialCard } from './adding/trial-card.js';
import { readCatalogue } from './catalogue/entry.js';
import { projectRoot } from './project-root.js';

/**
 * npm run models:add -- FOLDER | URL | CATALOGUE-NAME [--dry-run] [--replace] [--photos FOLDER] [--pictures 60]
 *   [--models-dir FOLDER] [--most-megabytes 2000] [--memory-megabytes 2048]
 * Takes a pack from elsewhere into MODELS_DIR: checks its manifest and licence, locks the graph's sha256, runs it on
 * sample pictures in a process of its own with limits of memory and time, prints what that showed, and only then moves
 * it to its place, in one step. Nothing that runs is touched: apps open the pack when they start next.
 */

const options = {
  'dry-run': { type: 'boolean', default: false },
  replace: { type: 'boolean', default: false },
  photos: { type: 'string' },
  pictures: { type: 'string', default: '60' },
  'models-dir': { type: 'string' },
  'most-megabytes': { type: 'string', default: '2000' },
  'memory-megabytes': { type: 'string', default: String(defaultProbeLimits.memoryMegabytes) },
} as const;

interface Request {
  given: string;
  modelsFolder: string;
  photos: string | undefined;
  pictures: number;
  sizes: SizeLimits;
  memoryMegabytes: number;
  replace: boolean;
  isDry: boolean;
}

const usage = 'npm run models:add -- <folder | https URL | name in the catalogue> [--dry-run] [--replace]';

const readRequest = (args: string[]): Request => {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [given, ...more] = positionals;
  if (given === undefined || more.length > 0) throw new AddError(`What is to be added? ${usage}`);
  const { MODELS_DIR } = loadConfig(z.object({ MODELS_DIR: fields.text('models') }));
  const whole = (name: 'pictures' | 'most-megabytes' | 'memory-megabytes'): number => {
    const value = Number(values[name]);
    if (!Number.isInteger(value) || value < 1) throw new AddError(`--${name} must be a whole number from 1`);
    return value;
  };
  return {
    given,
    modelsFolder: values['models-dir'] ? resolve(values['models-dir']) : resolve(projectRoot, MODELS_DIR),
    photos: values.photos,
    pictures: whole('pictures'),
    sizes: { bytes: whole('most-megabytes') * bytesInAMegabyte, files: mostFiles },
    memoryMegabytes: whole('memory-megabytes'),
    replace: values.replace,
    isDry: values['dry-run'],
  };
};

/** Puts the files of what was named into the stage. */
const gather = async ({ given, sizes }: Request, stage: string, lock: ChecksumLock): Promise<void> => {
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(given)) return gatherUrl(given, stage, sizes, lock);
  const catalogue = await readCatalogue();
  const entry = catalogue.find(({ name }) => name === given);
  if (entry !== undefined && !existsSync(resolve(given))) return gatherEntry(entry, stage, sizes, lock);
  if (existsSync(resolve(given))) return gatherFolder(resolve(given), stage, sizes);
  throw new AddError(
    `${given} is no folder here, no URL, and not in the catalogue, which has ${catalogue.map(({ name }) => name).join(', ')}`,
  );
};

/** Runs the pack apart from everything else, and says what that showed. */
const tryOut = async (pack: ModelPack, { photos, pictures, memoryMegabytes }: Request, stage: string) => {
  const shown = await trialPictures(photos, pictures);
  const views = viewsOf(shown, pack.manifest.resize.minShortSide);
  const report = await probePack(pack, views, { ...defaultProbeLimits, memoryMegabytes });
  console.log(await trialCard(pack, report));
  for (const suspicion of suspicionsOf(pack, report.looks)) console.log(`\nLook at this: ${suspicion}`);
  if (pack.manifest.costClass !== undefined) return;
  const path = join(stage, 'manifest.json');
  const content = JSON.parse(await readFile(path, 'utf8')) as object;
  await writeFile(path, `${JSON.stringify({ ...content, costClass: costClassOf(report) }, null, 2)}\n`);
};

const add = async (request: Request, stage: string): Promise<void> => {
  const lock = await ChecksumLock.read(request.modelsFolder);
  await gather(request, stage, lock);
  const { lockedNow } = await lockGraph(stage);
  const pack = await loadPack(stage);
  const { name, version, licence, sha256 } = pack.manifest;
  await assertLicence(stage, licence);
  lock.hold(`${name}@${version}`, sha256);
  const place = await placeFor(request.modelsFolder, pack, request);
  await tryOut(pack, request, stage);
  if (lockedNow) console.log(`\nThe manifest had no sha256: it is locked to ${sha256} now.`);
  if (request.isDry) return console.log('\nThat was a trial (--dry-run): nothing was written.');
  if (place === 'same') return console.log(`\n${name} ${version} is in ${request.modelsFolder} already.`);
  await readableForAll(stage);
  await install(stage, request.modelsFolder, name);
  await lock.write();
  console.log(`\n${name} ${version} is in ${request.modelsFolder}. Apps open it when they start next.`);
};

/** Apps may run as somebody else than who adds packs; mkdtemp makes folders for oneself alone. */
const readableForAll = async (stage: string): Promise<void> => {
  await chmod(stage, 0o755);
  for (const name of await readdir(stage)) await chmod(join(stage, name), 0o644);
};

/** Returns the exit code. */
export const main = async (args: string[]): Promise<number> => {
  let stage: string | undefined;
  try {
    const request = readRequest(args);
    await mkdir(request.modelsFolder, { recursive: true });
    stage = await stageIn(request.modelsFolder);
    await add(request, stage);
    return 0;
  } catch (error) {
    if (!(error instanceof AddError) && !(error instanceof PackError)) throw error;
    // a pack whose manifest cannot be read has no name but its folder's, which here is a passing one
    const isNameless = error instanceof PackError && error.pack.startsWith('.');
    console.error(`Not added: ${isNameless ? `${args[0]}: ${error.reason}` : error.message}`);
    return 1;
  } finally {
    if (stage !== undefined) await rm(stage, { recursive: true, force: true });
  }
};
