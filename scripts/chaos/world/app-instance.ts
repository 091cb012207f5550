import { createWriteStream } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { AppProcess } from '../../start/processes/app-process.js';
import {
  type ProcessSpec,
  type ProcessWatcher,
  SupervisedProcess,
} from '../../start/processes/supervised-process.js';
import type { AppName } from '../../start/settings.js';

const probeLimitMs = 3_000;
const pollMs = 100;
/** An app gives work in flight 20 s before it ends. */
const orderlyEndLimitMs = 25_000;

/** How one life of an app ended. */
export interface Ending {
  at: number;
  how: string;
}

/** One of several processes of an app: runs the real entry point, and is started again whenever it ends. */
export class AppInstance {
  private readonly process: SupervisedProcess;
  private readonly endings: Ending[] = [];
  private pid: number | undefined;

  constructor(
    readonly name: string,
    readonly app: AppName,
    readonly url: string,
    env: Record<string, string>,
    logFile: string,
  ) {
    const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 });
    const logs = {
      follow: (_: string, child: ReturnType<ProcessSpec['spawn']>) => {
        child.stdout?.pipe(log, { end: false });
        child.stderr?.pipe(log, { end: false });
      },
    };
    const inner = new AppProcess(app, url, env, logs);
    const spec: ProcessSpec = {
      name,
      stopSignal: inner.stopSignal,
      spawn: () => inner.spawn(),
      waitUntilReady: (signal) => inner.waitUntilReady(signal),
    };
    this.process = new SupervisedProcess(spec, this.watcher);
  }

  start(): Promise<void> {
    return this.process.start();
  }

  stop(): Promise<void> {
    return this.process.stop();
  }

  /** The process of now; undefined between two lives. */
  get currentPid(): number | undefined {
    return this.pid;
  }

  /** At once and without a word (SIGKILL). @returns false where none ran */
  kill(): boolean {
    return this.signal('SIGKILL');
  }

  /**
   * As an orchestrator restarts it: SIGTERM, time to finish, then another process in its place.
   * @returns how the old one ended, or undefined where none ran
   */
  async endInOrder(): Promise<string | undefined> {
    const before = this.endings.length;
    const pid = this.pid;
    if (!this.signal('SIGTERM')) return undefined;
    for (const givenUpAt = Date.now() + orderlyEndLimitMs; this.endings.length === before; await delay(20))
      if (Date.now() > givenUpAt && this.pid === pid) this.kill();
    return this.endings[before]!.how;
  }

  /** Whether it answers that it is ready, by itself: no retry. */
  async isReady(): Promise<boolean> {
    try {
      const answer = await fetch(`${this.url}/v1/health/ready`, {
        signal: AbortSignal.timeout(probeLimitMs),
      });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false;
    }
  }

  async untilReady(signal: AbortSignal): Promise<void> {
    while (!(await this.isReady())) await delay(pollMs, undefined, { signal });
  }

  /** A value of its /metrics, summed over its labels; undefined when it does not answer. */
  async metric(name: string): Promise<number | undefined> {
    try {
      const answer = await fetch(`${this.url}/metrics`, { signal: AbortSignal.timeout(probeLimitMs) });
      return sumOf(name, await answer.text());
    } catch {
      return undefined;
    }
  }

  private signal(signal: NodeJS.Signals): boolean {
    if (this.pid === undefined) return false;
    try {
      return process.kill(this.pid, signal);
    } catch {
      return false;
    }
  }

  private readonly watcher: ProcessWatcher = {
    started: (_, pid) => void (this.pid = pid),
    ended: () => void (this.pid = undefined),
    crashed: (_, how) => void this.endings.push({ at: Date.now(), how }),
    recovered: () => undefined,
  };
}

const sumOf = (name: string, exposition: string): number =>
  exposition
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
