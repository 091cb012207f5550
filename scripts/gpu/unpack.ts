import { createWriteStream } from 'node:fs';
import { symlink } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openPromise } from 'yauzl';

/**
 * Writes those files of a wheel into one folder that are to lie there.
 *
 * @param nameFor a file's path in the wheel → what it is to be called; undefined for one that is not wanted
 * @returns what was written
 */
export const unpackWheel = async (
  wheel: string,
  folder: string,
  nameFor: (file: string) => string | undefined,
): Promise<string[]> => {
  const written: string[] = [];
  const archive = await openPromise(wheel);
  try {
    for await (const entry of archive.eachEntry()) {
      const name = nameFor(entry.fileName);
      if (name === undefined) continue;
      await pipeline(await archive.openReadStreamPromise(entry), createWriteStream(path.join(folder, name)));
      written.push(name);
    }
  } finally {
    archive.close();
  }
  return written;
};

/** Some libraries are looked for without their version. */
export const linkWithoutVersion = async (folder: string, name: string): Promise<void> => {
  await symlink(name, path.join(folder, name.replace(/\.so\..*$/, '.so')));
};
