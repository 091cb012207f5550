import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { projectRoot } from '#libs/platform';
import { StartError } from './start-error.js';

const runner = path.join(projectRoot, 'scripts', 'run.mjs');

/**
 * Builds the packs whose graph is missing or has another checksum than its manifest says: graphs are too large for
 * the repository. A process of its own, since the conversion keeps a core busy for seconds.
 *
 * @param onBuilt hears of each pack that had to be built
 * @throws StartError with what the builder printed, or when `signal` aborts
 */
export const buildModelPacks = async (
  signal: AbortSignal,
  onBuilt: (line: string) => void,
): Promise<void> => {
  const child = spawn(process.execPath, [runner, 'models/build-packs'], {
    cwd: projectRoot,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
    signal,
  });
  const complaints: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (!line.endsWith('up to date')) onBuilt(line);
  });
  createInterface({ input: child.stderr }).on('line', (line) => complaints.push(line));
  await once(child, 'close');
  if (child.exitCode !== 0) {
    throw new StartError(`The model packs could not be built:\n${complaints.join('\n')}`);
  }
};
