import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Guard } from './guard.js';
import { ServiceError } from './service-error.js';

/** How to run a server, and how to know that it works. */
export interface ServerProgram {
  /** as people call it */
  name: string;
  file: string;
  args: string[];
  env?: Record<string, string>;
  /** where it runs and its log is */
  folder: string;
  /** whether the folder goes with this process */
  isTemporary: boolean;
  isReady(): Promise<boolean>;
}

const pollMs = 30;
const readyLimitMs = 60_000;
const stopLimitMs = 25_000;
const shownLines = 15;

/**
 * A server that belongs to this process: it can be stopped, killed and started again on the same data, and ends with us
 * whatever ends us. It is not started again by itself: those who test outages say when.
 */
export class ServerProcess {
  private readonly guard: Guard;
  private child: ChildProcess | undefined;

  constructor(private readonly program: ServerProgram) {
    this.guard = new Guard(program.isTemporary ? program.folder : undefined);
  }

  get logFile(): string {
    return path.join(this.program.folder, `${this.program.name.toLowerCase()}.log`);
  }

  get pid(): number | undefined {
    return this.isRunning ? this.child?.pid : undefined;
  }

  /**
   * Resolves once it is ready.
   * @throws ServiceError when it ends instead or takes more than a minute, with the last lines of its log
   */
  async start(): Promise<void> {
    if (this.isRunning) throw new ServiceError(`${this.program.name} runs already (process ${this.pid})`);
    const child = this.spawn();
    const ended = endOf(child);
    let how: string | undefined;
    void ended.then((result) => (how = result));
    for (const givenUpAt = Date.now() + readyLimitMs; !(await this.program.isReady());) {
      if (how !== undefined) throw new ServiceError(await this.explained(how));
      if (Date.now() > givenUpAt) {
        await this.kill();
        throw new ServiceError(await this.explained('did not become ready in time'));
      }
      await Promise.race([delay(pollMs), ended]);
    }
    // Somebody else may answer on its port.
    if (how !== undefined) throw new ServiceError(await this.explained(how));
  }

  /** Resolves when it has ended; one that does not end in 25 s is killed. Does nothing where none runs. */
  async stop(): Promise<void> {
    const timer = setTimeout(() => void this.kill(), stopLimitMs);
    await this.end('SIGTERM');
    clearTimeout(timer);
  }

  /** At once and without a word to anybody (SIGKILL). */
  kill(): Promise<void> {
    return this.end('SIGKILL');
  }

  /** Ends it and, where it is temporary, removes its folder, which otherwise goes when this process does. */
  async remove(): Promise<void> {
    await this.stop();
    if (this.program.isTemporary) await rm(this.program.folder, { recursive: true, force: true });
    this.guard.release();
  }

  /** Resolves with how it ended, for those who wait for its end. */
  async ended(): Promise<string> {
    return this.child ? endOf(this.child) : 'was never started';
  }

  private get isRunning(): boolean {
    return this.child?.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null;
  }

  private spawn(): ChildProcess {
    const { file, args, folder, env } = this.program;
    const log = openSync(this.logFile, 'a', 0o600);
    // A process group of its own: Ctrl-C in the terminal reaches us only, who end things in order.
    const child = spawn(file, args, {
      cwd: folder,
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...env },
    });
    closeSync(log);
    this.child = child;
    if (child.pid !== undefined) this.guard.watch(child.pid);
    child.once('exit', () => this.guard.forget());
    return child;
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    if (!this.isRunning) return;
    const ended = once(this.child!, 'exit');
    this.child!.kill(signal);
    await ended;
  }

  private async explained(how: string): Promise<string> {
    const said = await readFile(this.logFile, 'utf8').catch(() => '');
    const lines = said.trimEnd().split('\n').slice(-shownLines).join('\n');
    return `${this.program.name} ${how}. The end of its log:\n${lines}`;
  }
}

/** Also when it has ended already, or could not even be started. */
const endOf = async (child: ChildProcess): Promise<string> => {
  if (child.exitCode === null && child.signalCode === null) {
    try {
      await once(child, 'exit');
    } catch (error) {
      return `could not be started: ${(error as Error).message}`;
    }
  }
  return child.signalCode ? `was ended by ${child.signalCode}` : `ended with exit code ${child.exitCode}`;
};
