import { AddError } from './add-error.js';

/** Beside a pack's own files, archives carry what some systems leave in every folder. */
const isLitter = (name: string): boolean => name.startsWith('.') || name === '__MACOSX';

/**
 * The name that an archive's entry has in the pack's folder. An archive may hold the files themselves, or one folder
 * with them.
 */
export class EntryNames {
  #folder: string | undefined;

  constructor(private readonly archive: string) {}

  /**
   * @param path of an entry that is a file, as the archive says it
   * @returns undefined for what does not matter
   * @throws AddError for a path that leads out, or deeper
   */
  nameOf(path: string): string | undefined {
    const parts = path.split('/').filter((part) => part !== '.' && part !== '');
    if (path.startsWith('/') || path.includes('\\') || parts.includes('..') || path.includes('\0'))
      throw new AddError(`${this.archive} holds ${JSON.stringify(path)}, a path that leads out of it`);
    if (parts.some(isLitter)) return undefined;
    const name = parts.pop();
    if (name === undefined) return undefined;
    const folder = parts.join('/');
    this.#folder ??= folder;
    if (parts.length > 1 || folder !== this.#folder)
      throw new AddError(
        `${this.archive} holds files in more than one folder (${JSON.stringify(path)}): a pack has none inside`,
      );
    return name;
  }
}
