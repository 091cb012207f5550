import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { identify, isAlive, type ProcessIdentity, processIdentitySchema } from './process-identity.js';
import { writeFileAtomically } from './write-file-atomically.js';

const tableSchema = z.record(z.string(), processIdentitySchema);
/** Longer than an app takes to notice that its supervisor is gone. */
const graceMs = 5_000;
const pollMs = 50;

/**
 * Which processes the supervisor has started, in `processes.json`: for operators and tests, and for the next start
 * after a supervisor that was killed and could not end them.
 */
export class ProcessTable {
  private readonly file: string;
  private readonly rows = new Map<string, ProcessIdentity>();
  private written = Promise.resolve();

  constructor(dataDir: string) {
    this.file = path.join(dataDir, 'processes.json');
  }

  async add(name: string, pid: number): Promise<void> {
    const identity = await identify(pid);
    if (identity) this.rows.set(name, identity);
    await this.write();
  }

  async remove(name: string): Promise<void> {
    this.rows.delete(name);
    await this.write();
  }

  /** Ends what an earlier supervisor left running: waits for it to go by itself first. Returns the names. */
  async endLeftovers(): Promise<string[]> {
    const leftovers = await this.leftovers();
    await Promise.all(leftovers.map(([, process]) => end(process)));
    await rm(this.file, { force: true });
    return leftovers.map(([name]) => name);
  }

  private async leftovers(): Promise<[string, ProcessIdentity][]> {
    const earlier = await this.read();
    const alive = await Promise.all(earlier.map(async ([, process]) => isAlive(process)));
    return earlier.filter((_, index) => alive[index]);
  }

  private async read(): Promise<[string, ProcessIdentity][]> {
    try {
      return Object.entries(tableSchema.parse(JSON.parse(await readFile(this.file, 'utf8'))));
    } catch {
      return [];
    }
  }

  /** One after the other: the last state written is the last state. */
  private write(): Promise<void> {
    this.written = this.written.then(() =>
      writeFileAtomically(this.file, JSON.stringify(Object.fromEntries(this.rows), null, 2)),
    );
    return this.written;
  }
}

const end = async (leftover: ProcessIdentity): Promise<void> => {
  const givenUpAt = Date.now() + graceMs;
  while (await isAlive(leftover)) {
    if (Date.now() > givenUpAt) process.kill(leftover.pid, 'SIGKILL');
    await delay(pollMs);
  }
};
