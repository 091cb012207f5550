import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { healthyAfterMs, restartDelayMs } from './restart-delay.js';

/** How to start a process, and how to know that it works. */
export interface ProcessSpec {
  readonly name: string;
  readonly stopSignal: NodeJS.Signals;
  spawn(): ChildProcess;
  /** Rejects with the signal's reason when it aborts. */
  waitUntilReady(signal: AbortSignal): Promise<void>;
}

export interface ProcessWatcher {
  started(name: string, pid: number): void;
  ended(name: string): void;
  crashed(name: string, how: string, nextStartInMs: number): void;
  recovered(name: string): void;
}

const readyLimitMs = 60_000;
/** An app gives work in flight 20 s; after that it is not going to end by itself. */
const stopLimitMs = 25_000;

/** Keeps one process running: after a crash it is started again, with growing delays, until it is stopped. */
export class SupervisedProcess {
  private readonly stopping = new AbortController();
  private child: ChildProcess | undefined;
  private keeping: Promise<void> | undefined;

  constructor(
    private readonly spec: ProcessSpec,
    private readonly watcher: ProcessWatcher,
  ) {}

  /**
   * Resolves once it is ready. The first start is not tried again: what fails then is not bad luck but something to
   * put right.
   * @throws ProcessFailed
   */
  async start(): Promise<void> {
    await this.launch();
    this.keeping = this.keep();
  }

  /** Resolves when the process has ended; one that does not end in time is killed. */
  async stop(): Promise<void> {
    this.stopping.abort(new Error('stopping'));
    await endProcess(this.child, this.spec.stopSignal);
    await this.keeping;
  }

  /** For somebody who presses Ctrl-C twice. */
  kill(): void {
    this.stopping.abort(new Error('stopping'));
    this.child?.kill('SIGKILL');
  }

  private async launch(): Promise<void> {
    const { spec, watcher } = this;
    this.stopping.signal.throwIfAborted();
    const child = spec.spawn();
    this.child = child;
    const over = new AbortController();
    const ended = endOf(child).then((how) => {
      over.abort(new ProcessFailed(spec.name, how));
      watcher.ended(spec.name);
    });
    if (child.pid !== undefined) watcher.started(spec.name, child.pid);
    const signal = AbortSignal.any([over.signal, this.stopping.signal, AbortSignal.timeout(readyLimitMs)]);
    try {
      await Promise.race([spec.waitUntilReady(signal), rejectOnAbort(signal)]);
    } catch (error) {
      await endProcess(child, spec.stopSignal);
      await ended;
      throw over.signal.aborted ? (over.signal.reason as Error) : error;
    }
  }

  private async keep(): Promise<void> {
    for (let crashes = 0; ;) {
      const readySince = Date.now();
      const how = await endOf(this.child!);
      if (this.stopping.signal.aborted) return;
      if (Date.now() - readySince >= healthyAfterMs) crashes = 0;
      crashes = await this.restart(how, crashes + 1);
    }
  }

  /** Tries until it is ready again, or to be stopped. Returns the crashes in a row by then. */
  private async restart(how: string, crashes: number): Promise<number> {
    const waitMs = restartDelayMs(crashes);
    this.watcher.crashed(this.spec.name, how, waitMs);
    try {
      await delay(waitMs, undefined, { signal: this.stopping.signal });
      await this.launch();
    } catch (error) {
      if (this.stopping.signal.aborted) return crashes;
      return this.restart(error instanceof ProcessFailed ? error.how : String(error), crashes + 1);
    }
    this.watcher.recovered(this.spec.name);
    return crashes;
  }
}

/** A process that ended, or did not become ready, when it was meant to run. */
export class ProcessFailed extends Error {
  override readonly name = 'ProcessFailed';

  constructor(
    readonly process: string,
    readonly how: string,
  ) {
    super(`${process} ${how}`);
  }
}

/** Resolves with how a process ended, also when it has already, or could not even be started. */
const endOf = async (child: ChildProcess): Promise<string> => {
  if (child.exitCode === null && child.signalCode === null) {
    try {
      await once(child, 'exit');
    } catch (error) {
      return `could not be started: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return child.signalCode ? `was ended by ${child.signalCode}` : `ended with exit code ${child.exitCode}`;
};

const endProcess = async (child: ChildProcess | undefined, signal: NodeJS.Signals): Promise<void> => {
  if (!child || child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), stopLimitMs);
  await ended;
  clearTimeout(timer);
};

const rejectOnAbort = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
