import { copyFile, lstat, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readGraphStructure, readManifest, sha256Of } from '#libs/inference';
import { type CatalogueEntry, cardOf, copiedFiles } from '../catalogue/entry.js';
import { AddError } from './add-error.js';
import type { ChecksumLock } from './checksum-lock.js';
import { fetchFile, safeUrl } from './fetch-file.js';
import { Allowance, type SizeLimits } from './limits.js';
import { unpack } from './unpack.js';

/** Puts a pack's files from somewhere into an empty folder. Each throws AddError naming what is wrong. */

/** Plain files only, not what is hidden. */
export const gatherFolder = async (from: string, stage: string, limits: SizeLimits): Promise<void> => {
  const refuse = (reason: string): never => {
    throw new AddError(`${from} ${reason}`);
  };
  const allowance = new Allowance(limits, refuse);
  const names = await readdir(from).catch((error: Error) => refuse(`cannot be read: ${error.message}`));
  for (const name of names.filter((each) => !each.startsWith('.'))) {
    const kind = await lstat(join(from, name));
    if (kind.isSymbolicLink()) refuse(`holds ${name}, which is a link: put the file itself there`);
    if (!kind.isFile()) refuse(`holds ${name}, which is no plain file: a pack is one folder without others`);
    allowance.file();
    allowance.bytes(kind.size);
    await copyFile(join(from, name), join(stage, name));
  }
};

/** An archive, or a manifest.json beside which the other files lie. */
export const gatherUrl = async (
  address: string,
  stage: string,
  limits: SizeLimits,
  lock: ChecksumLock,
): Promise<void> => {
  const url = safeUrl(address);
  if (url.pathname.endsWith('/manifest.json')) return gatherByManifest(url, stage, limits);
  const archive = join(stage, '.archive');
  lock.hold(url.href, await fetchFile(url, archive, limits.bytes));
  await unpack(archive, stage, limits);
  await rm(archive);
};

const manifestBytes = 1_000_000;

const gatherByManifest = async (url: URL, stage: string, { bytes }: SizeLimits): Promise<void> => {
  await fetchFile(url, join(stage, 'manifest.json'), manifestBytes);
  const { file, card, labels } = await readManifest(stage, { unlocked: true });
  const names = ['LICENSE', card, file, ...(Array.isArray(labels) ? [] : [labels])];
  for (const name of new Set(names)) await fetchFile(safeUrl(name, url), join(stage, name), bytes);
};

/** A graph that lies somewhere alone, with a manifest, a licence and a card from the catalogue. */
export const gatherEntry = async (
  entry: CatalogueEntry,
  stage: string,
  limits: SizeLimits,
  lock: ChecksumLock,
): Promise<void> => {
  if (entry.get === 'conversion')
    throw new AddError(
      `${entry.name} is not published as ONNX. It must be converted first (${entry.page}):\n\n` +
        entry.steps.map((step, i) => `${i + 1}. ${step}`).join('\n'),
    );
  const url = safeUrl(entry.graph);
  const graph = join(stage, entry.manifest.file);
  const sha256 = await fetchFile(url, graph, limits.bytes);
  if (entry.sha256 !== null && sha256 !== entry.sha256)
    throw new AddError(`${url.href} has sha256 ${sha256}, and the catalogue says ${entry.sha256}`);
  lock.hold(url.href, sha256);
  const manifest = { ...namedAfter(graph, entry.manifest), sha256 };
  await writeFile(join(stage, 'manifest.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  await writeFile(join(stage, manifest.card), cardOf(entry, sha256));
  for (const [name, from] of copiedFiles(entry)) await copyFile(from, join(stage, name));
};

/** The catalogue may not know what a graph calls its input and its scores: where there is one each, that is it. */
const namedAfter = (graph: string, manifest: Extract<CatalogueEntry, { get: 'graph' }>['manifest']) => {
  const { inputs, outputs } = structureOf(graph);
  const only = (names: string[], what: string): string => {
    if (names.length === 1) return names[0]!;
    throw new AddError(
      `the graph has ${names.length} ${what} (${names.join(', ')}), and the catalogue does not say which one is meant`,
    );
  };
  return {
    ...manifest,
    input: { ...manifest.input, name: manifest.input.name ?? only(inputs, 'inputs') },
    outputs: {
      ...manifest.outputs,
      scores: {
        ...manifest.outputs.scores,
        name: manifest.outputs.scores.name ?? only(outputs, 'outputs'),
      },
    },
  };
};

const structureOf = (graph: string): { inputs: string[]; outputs: string[] } => {
  try {
    return readGraphStructure(graph);
  } catch (error) {
    throw new AddError(`what was fetched is no ONNX graph: ${(error as Error).message}`);
  }
};

/** Writes the graph's sha256 into a manifest that has none: from now on it is held to that. */
export const lockGraph = async (stage: string): Promise<{ lockedNow: boolean }> => {
  const { file } = await readManifest(stage, { unlocked: true });
  const path = join(stage, 'manifest.json');
  const content = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown>;
  if (content['sha256'] !== undefined && content['sha256'] !== null) return { lockedNow: false };
  const sha256 = await sha256Of(join(stage, file)).catch((error: Error) => {
    throw new AddError(`${file} cannot be read: ${error.message}`);
  });
  await writeFile(path, `${JSON.stringify({ ...content, sha256 }, null, 2)}\n`);
  return { lockedNow: true };
};
