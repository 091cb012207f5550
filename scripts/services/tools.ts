import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { projectRoot } from '#libs/platform';

/** What is fetched or built once for this clone, and used by tests, benchmarks and developers. */
export const toolsFolder = path.join(projectRoot, '.data', 'tools');

export const toolPath = (name: string): string => path.join(toolsFolder, name);

export const hasTool = (name: string): boolean => existsSync(toolPath(name));

/**
 * The path of a tool, made by `make` where it is missing. Under its name there is never half of one: it is made in a
 * folder beside it; and two processes do not make it at once.
 *
 * @param make gets an empty folder and returns the path in it which is to become the tool (a file or a folder)
 */
export const ensureTool = async (
  name: string,
  make: (folder: string) => Promise<string>,
): Promise<string> => {
  if (hasTool(name)) return toolPath(name);
  await oneAtATime(`tool-${path.basename(name)}`, async () => {
    if (hasTool(name)) return;
    await mkdir(path.dirname(toolPath(name)), { recursive: true });
    const folder = await mkdtemp(path.join(toolsFolder, 'unfinished-'));
    try {
      await rename(await make(folder), toolPath(name));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
  return toolPath(name);
};

type OneAtATime = (name: string, onWait: () => void, work: () => Promise<void>) => Promise<void>;

/** It is plain JavaScript, which is not compiled to dist: found from the root, whether this runs compiled or not. */
const oneAtATime = async (name: string, work: () => Promise<void>): Promise<void> => {
  const file = path.join(projectRoot, 'scripts', 'one-at-a-time.mjs');
  const { oneAtATime: once } = (await import(pathToFileURL(file).href)) as { oneAtATime: OneAtATime };
  await once(name, () => undefined, work);
};
