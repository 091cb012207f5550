import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { sha256Schema } from '#libs/domain';
import { AddError } from './add-error.js';

const lockFile = 'checksums.lock.json';
const lockSchema = z.record(z.string(), sha256Schema);

/**
 * What was fetched, and each version of each pack, with the checksum that it had when it was used first. Kept beside
 * the packs, also after they are gone: what comes again under the same name must be the same.
 */
export class ChecksumLock {
  private constructor(
    private readonly path: string,
    private readonly locked: Record<string, string>,
  ) {}

  /** @throws AddError when the file is there and cannot be used */
  static async read(modelsFolder: string): Promise<ChecksumLock> {
    const path = join(modelsFolder, lockFile);
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '{}';
      throw error;
    });
    try {
      return new ChecksumLock(path, lockSchema.parse(JSON.parse(text)));
    } catch (error) {
      throw new AddError(`${path} cannot be read: ${(error as Error).message}`);
    }
  }

  /**
   * @param what `name@version` of a pack, or the URL that something was fetched from
   * @throws AddError when it had another checksum before
   */
  hold(what: string, sha256: string): void {
    const before = this.locked[what];
    if (before !== undefined && before !== sha256)
      throw new AddError(
        `${what} has sha256 ${sha256}, and had ${before} when it was used first (${this.path}): it was changed without ` +
          'a new name. Ask whoever publishes it; if the change is meant and it has a new version, remove that line',
      );
    this.locked[what] = sha256;
  }

  async write(): Promise<void> {
    const sorted = Object.fromEntries(Object.entries(this.locked).sort(([a], [b]) => (a < b ? -1 : 1)));
    await writeFile(`${this.path}.part`, `${JSON.stringify(sorted, null, 2)}\n`);
    await rename(`${this.path}.part`, this.path);
  }
}
