import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { shown } from '../settings.js';
import { StartError } from '../start-error.js';
import { identify, isAlive, type ProcessIdentity, processIdentitySchema } from './process-identity.js';

/** Two systems on one data folder would fight over the database: the first holds this file, a second is refused. */
export class SingleInstance {
  private constructor(private readonly file: string) {}

  /** @throws StartError while another one runs */
  static async take(dataDir: string): Promise<SingleInstance> {
    const file = path.join(dataDir, 'supervisor.lock');
    const mine = `${file}.${process.pid}`;
    await writeFile(mine, JSON.stringify(await identify(process.pid)), { mode: 0o600 });
    try {
      // Linking a finished file into place is atomic: nobody reads half a lock, and one of two at once fails.
      while (!(await linked(mine, file))) {
        const holder = await holderOf(file);
        if (holder && (await isAlive(holder))) throw alreadyRunning(dataDir, holder);
        await rm(file, { force: true });
      }
      return new SingleInstance(file);
    } finally {
      await rm(mine, { force: true });
    }
  }

  release(): Promise<void> {
    return rm(this.file, { force: true });
  }
}

const linked = async (from: string, to: string): Promise<boolean> => {
  try {
    await link(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false;
    throw error;
  }
};

const holderOf = async (file: string): Promise<ProcessIdentity | undefined> => {
  try {
    return processIdentitySchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch {
    return undefined;
  }
};

const alreadyRunning = (dataDir: string, { pid }: ProcessIdentity): StartError =>
  new StartError(
    `Sluice already runs on ${shown(dataDir)} (process ${pid}). Stop that one with Ctrl-C in its terminal or kill ${pid}, or start a second installation with its own DATA_DIR and ports.`,
  );
