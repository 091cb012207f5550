import { createReadStream, createWriteStream } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { extract, list } from 'tar';
import { openPromise } from 'yauzl';
import { AddError } from './add-error.js';
import { EntryNames } from './file-names.js';
import { Allowance, type SizeLimits } from './limits.js';

/**
 * Unpacks a .tar.gz or a .zip, told apart by their first bytes, into an empty folder. Only plain files: no links, no
 * paths that lead out, no more bytes or files than allowed, which are counted as they come and not as the archive says.
 *
 * @throws AddError naming the archive and what is wrong with it
 */
export const unpack = async (archive: string, folder: string, limits: SizeLimits): Promise<void> => {
  const name = basename(archive);
  const refuse = (reason: string): never => {
    throw new AddError(`${name} ${reason}`);
  };
  const target = new Target(folder, name, new Allowance(limits, refuse));
  const kind = await kindOf(archive);
  if (kind === undefined) return refuse('is neither a .tar.gz nor a .zip');
  try {
    await (kind === 'tar' ? untar(archive, target, refuse) : unzip(archive, target, refuse));
  } catch (error) {
    if (error instanceof AddError) throw error;
    refuse(`cannot be unpacked: ${(error as Error).message}`);
  }
};

/** Where entries are written to. */
class Target {
  readonly #names: EntryNames;

  constructor(
    readonly folder: string,
    archive: string,
    private readonly allowance: Allowance,
  ) {
    this.#names = new EntryNames(archive);
  }

  /** @returns undefined where the entry does not matter */
  pathOf(entry: string): string | undefined {
    const name = this.#names.nameOf(entry);
    if (name === undefined) return undefined;
    this.allowance.file();
    return join(this.folder, name);
  }

  async write(path: string, content: Readable): Promise<void> {
    const { allowance } = this;
    const counted = async function* (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of chunks) {
        allowance.bytes(chunk.length);
        yield chunk;
      }
    };
    // wx: an archive may name a file twice
    await pipeline(content, counted, createWriteStream(path, { flags: 'wx' }));
  }
}

type Refuse = (reason: string) => never;

const gzipMagic = '1f8b';
const zipMagic = '504b';

const kindOf = async (archive: string): Promise<'tar' | 'zip' | undefined> => {
  const file = await open(archive);
  try {
    const { buffer } = await file.read(Buffer.alloc(2), 0, 2, 0);
    return ({ [gzipMagic]: 'tar', [zipMagic]: 'zip' } as const)[buffer.toString('hex')];
  } finally {
    await file.close();
  }
};

const untar = async (archive: string, target: Target, refuse: Refuse): Promise<void> => {
  // decompressed first, so that every byte is counted, also those between the entries
  const tar = `${archive}.tar`;
  await target.write(tar, createReadStream(archive).pipe(createGunzip()));
  const entries: { type: string; path: string }[] = [];
  await list({ file: tar, strict: true, onReadEntry: ({ type, path }) => entries.push({ type, path }) });
  const wanted = new Map<string, string>();
  for (const { type, path } of entries) {
    const name = type === 'Directory' ? undefined : target.pathOf(path);
    if (name === undefined) continue;
    if (type !== 'File' && type !== 'OldFile')
      refuse(`holds ${JSON.stringify(path)}, which is no plain file but a ${type}`);
    if ([...wanted.values()].includes(name)) refuse(`holds ${JSON.stringify(path)} twice`);
    wanted.set(path, name);
  }
  const strip = Math.max(0, ...[...wanted.keys()].map((path) => path.split('/').filter(isStep).length - 1));
  await extract({ file: tar, cwd: target.folder, strict: true, strip, filter: (path) => wanted.has(path) });
  await rm(tar);
};

const isStep = (part: string): boolean => part !== '.' && part !== '';

const unixLink = 0o120000;
const unixKind = 0o170000;

const unzip = async (archive: string, target: Target, refuse: Refuse): Promise<void> => {
  const zip = await openPromise(archive, { lazyEntries: true, strictFileNames: true });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName.endsWith('/')) continue;
      const mode = entry.externalFileAttributes >>> 16;
      if ((mode & unixKind) === unixLink) refuse(`holds ${JSON.stringify(entry.fileName)}, which is a link`);
      const path = target.pathOf(entry.fileName);
      if (path !== undefined) await target.write(path, await zip.openReadStreamPromise(entry));
    }
  } finally {
    zip.close();
  }
};
