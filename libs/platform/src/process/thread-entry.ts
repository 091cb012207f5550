import { existsSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

/**
 * URL of a compiled worker-thread entry beside the calling module. Threads cannot load TypeScript, so a caller that
 * itself runs from source (a test) is pointed to the same place under `dist`.
 *
 * @param importMetaUrl the caller's `import.meta.url`
 * @param entry relative to the caller, as compiled: `./pdq.thread.js`
 * @throws Error when it has not been built
 */
export const threadEntry = (importMetaUrl: string, entry: string): URL => {
  const caller = fileURLToPath(importMetaUrl);
  const url = caller.endsWith('.ts')
    ? pathToFileURL(join(projectRoot, 'dist', relative(projectRoot, dirname(caller)), entry))
    : new URL(entry, importMetaUrl);
  if (!existsSync(url)) throw new Error(`${fileURLToPath(url)} does not exist: run npm run build`);
  return url;
};

const findProjectRoot = (from: string): string => {
  if (existsSync(join(from, 'package.json'))) return from;
  const parent = dirname(from);
  if (parent === from) throw new Error('The project root (the folder with package.json) was not found');
  return findProjectRoot(parent);
};

/** The folder that holds package.json, models/ and migrations/, whether running from source or from dist. */
export const projectRoot = findProjectRoot(dirname(fileURLToPath(import.meta.url)));
