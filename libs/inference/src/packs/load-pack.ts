import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, readFile, realpath } from 'node:fs/promises';
import { basename, join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { readGraphStructure } from './graph-structure.js';
import { mapLabels, type CategoryLabels } from './label-map.js';
import { manifestSchema, type Manifest } from './manifest.js';
import { PackError } from './pack-error.js';
import { assertPackKind, readManifestFile } from './pack-kind.js';

/** A pack whose manifest, files and checksum fit. The graph itself is looked at when a pool opens it. */
export interface ModelPack {
  manifest: Manifest;
  /** absolute path of the ONNX graph */
  graph: string;
  /** in the order of the scores */
  labels: string[];
  categories: CategoryLabels[];
}

/**
 * Reads and checks a pack's folder: manifest.json strictly, then that every file it names is there and in that folder,
 * the labels, the graph's sha256, and that the graph holds all its weights itself.
 *
 * @throws PackError naming the pack and the reason
 */
export const loadPack = async (folder: string): Promise<ModelPack> => {
  const manifest = await readManifest(folder);
  const refuse = (reason: string): never => {
    throw new PackError(manifest.name, reason);
  };
  const graph = join(folder, manifest.file);
  if (!(await exists(graph))) refuse(`${manifest.file} is missing in ${folder}: run npm run models:build`);
  for (const file of [manifest.card, 'LICENSE']) {
    if (!(await exists(join(folder, file)))) refuse(`${file} is missing in ${folder}`);
  }
  const labelFiles = Array.isArray(manifest.labels) ? [] : [manifest.labels];
  for (const file of [manifest.file, manifest.card, 'LICENSE', ...labelFiles]) {
    if (!(await liesIn(folder, file))) refuse(`${file} is a link that leads out of ${folder}`);
  }
  const labels = await readLabels(folder, manifest);
  const categories = mapLabels(labels, manifest);
  if ('reason' in categories) return refuse(categories.reason);
  const sha256 = await sha256Of(graph);
  if (sha256 !== manifest.sha256) {
    refuse(
      `${manifest.file} has sha256 ${sha256}, the manifest says ${manifest.sha256}: ` +
        `the file is damaged or of another version; delete it and run npm run models:build`,
    );
  }
  const elsewhere = externalWeights(graph, refuse);
  if (elsewhere.length > 0) {
    refuse(
      `${manifest.file} keeps weights in other files (${elsewhere.slice(0, 3).join(', ')}), which its sha256 does not ` +
        'cover: save the model as one file',
    );
  }
  return { manifest, graph, labels, categories };
};

/**
 * @param unlocked accepts one that has no sha256 yet, as packs have before they are added; it is then all zeros
 * @throws PackError when the file is missing, is no JSON, or breaks the schema
 */
export const readManifest = async (folder: string, { unlocked = false } = {}): Promise<Manifest> => {
  const name = basename(folder);
  const content = await readManifestFile(folder);
  assertPackKind(name, content, 'classifier');
  const parsed = manifestSchema.safeParse(
    unlocked ? { ...(content as object), ...noChecksum(content) } : content,
  );
  if (!parsed.success) throw new PackError(name, `manifest.json: ${explain(parsed.error)}`);
  return parsed.data;
};

const noChecksum = (content: unknown): { sha256?: string } =>
  (content as { sha256?: unknown } | null)?.sha256 == null ? { sha256: '0'.repeat(64) } : {};

/** Hex digest of a file, read as a stream: graphs may be hundreds of megabytes. */
export const sha256Of = async (path: string): Promise<string> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
};

export const explain = (error: z.ZodError): string =>
  error.issues
    .map(({ path, message }) => (path.length ? `${path.join('.')}: ${message}` : message))
    .join('; ');

const readLabels = async (folder: string, { name, labels }: Manifest): Promise<string[]> => {
  if (Array.isArray(labels)) return labels;
  try {
    return z
      .array(z.string().min(1))
      .min(1)
      .parse(JSON.parse(await readFile(join(folder, labels), 'utf8')));
  } catch (error) {
    throw new PackError(name, `${labels} is not a JSON list of labels: ${(error as Error).message}`);
  }
};

const externalWeights = (graph: string, refuse: (reason: string) => never): string[] => {
  try {
    return readGraphStructure(graph).externalWeights;
  } catch (error) {
    return refuse(`${basename(graph)} is no ONNX graph: ${(error as Error).message}`);
  }
};

/** Links inside the folder are all right: mounted configuration comes as such. */
const liesIn = async (folder: string, file: string): Promise<boolean> => {
  const path = await realpath(join(folder, file)).catch(() => undefined);
  return path === undefined || path.startsWith(`${await realpath(folder)}${sep}`);
};

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
