import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { projectRoot } from '#libs/platform';
import { gpuEnvironment } from '../../gpu/gpu-folder.js';
import type { AppName } from '../settings.js';
import type { LogBook } from './log-book.js';
import { ProcessFailed, type ProcessSpec } from './supervised-process.js';

const pollMs = 50;
const probeTimeoutMs = 3_000;

/** libuv's pool decodes pictures and reads files; its default of 4 would leave cores idle on a larger machine. */
const libuvThreads = Math.max(4, availableParallelism());

/** One of the three apps as a process of its own, compiled under dist. */
export class AppProcess implements ProcessSpec {
  readonly stopSignal = 'SIGTERM';

  constructor(
    readonly name: AppName,
    readonly url: string,
    private readonly env: Record<string, string>,
    private readonly logs: Pick<LogBook, 'follow'>,
  ) {}

  spawn(): ChildProcess {
    const child = fork(path.join(projectRoot, 'dist', 'apps', this.name, 'src', 'main.js'), {
      cwd: projectRoot,
      execArgv: ['--enable-source-maps'],
      // A process group of its own, so that Ctrl-C reaches the supervisor alone and things end in order. When the
      // supervisor is killed, the IPC channel closes, and the app ends by itself.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      env: {
        // glibc's default of 8 arenas a core lets a process with many threads keep memory that nobody uses.
        MALLOC_ARENA_MAX: '2',
        // Pixels of ordinary pictures stay on the heap: mapped one by one, each of their pages would be zeroed by the
        // kernel, about a millisecond of processor time a picture. Those of large pictures go back to the system.
        MALLOC_MMAP_THRESHOLD_: String(8 * 1024 * 1024),
        MALLOC_TRIM_THRESHOLD_: String(64 * 1024 * 1024),
        UV_THREADPOOL_SIZE: String(libuvThreads),
        ...process.env,
        ...gpuEnvironment(process.env),
        ...this.env,
      },
    });
    this.logs.follow(this.name, child);
    return child;
  }

  async waitUntilReady(signal: AbortSignal): Promise<void> {
    for (;;) {
      const state = await this.probe();
      if (state === 'ready') return;
      if (signal.aborted) throw this.notReady(signal, state);
      await delay(pollMs);
    }
  }

  private async probe(): Promise<string> {
    try {
      const answer = await fetch(`${this.url}/v1/health/ready`, {
        signal: AbortSignal.timeout(probeTimeoutMs),
      });
      return answer.ok ? 'ready' : await answer.text();
    } catch {
      return 'it does not answer';
    }
  }

  private notReady(signal: AbortSignal, state: string): Error {
    const reason = signal.reason as Error;
    return reason.name === 'TimeoutError'
      ? new ProcessFailed(this.name, `did not become ready in time: ${state}`)
      : reason;
  }
}
