import { spawn, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { threadEntry } from '#libs/platform';
import type { ProbeAnswer, ProbeLimits, ProbeRequest } from './contract.js';

const shownBytes = 2_000;

/** A process of its own, so that a graph which eats the memory or the time takes nobody with it. */
export class ProbeProcess {
  readonly #child: ChildProcess;
  #said = '';

  constructor(private readonly limits: ProbeLimits) {
    const entry = fileURLToPath(threadEntry(import.meta.url, './probe.process.js'));
    const [program, ...args] = limited(limits, [process.execPath, entry]);
    this.#child = spawn(program!, args, {
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      serialization: 'advanced',
      // nothing of ours is its business
      env: {},
    });
    this.#child.stderr!.on('data', (chunk: Buffer) => {
      this.#said = `${this.#said}${chunk.toString()}`.slice(-shownBytes);
    });
  }

  /** @returns the child's answer, or why there is none: it never rejects */
  ask(request: ProbeRequest, seconds: number): Promise<ProbeAnswer> {
    return new Promise((resolve) => {
      const settle = (said: ProbeAnswer): void => {
        clearTimeout(limit);
        this.#child.off('message', settle).off('exit', onExit).off('error', onError);
        resolve(said);
      };
      const onExit = (code: number | null, signal: NodeJS.Signals | null): void =>
        settle({ kind: 'refused', reason: this.#endOf(signal ?? `code ${code}`) });
      const onError = (error: Error): void => settle({ kind: 'refused', reason: error.message });
      const limit = setTimeout(() => {
        this.kill();
        const what = request.kind === 'open' ? 'opening it and two pictures' : 'one picture';
        settle({ kind: 'refused', reason: `${what} took longer than ${seconds} s` });
      }, seconds * 1_000);
      this.#child.on('message', settle).on('exit', onExit).on('error', onError);
      if (this.#child.exitCode !== null || this.#child.signalCode !== null)
        onExit(this.#child.exitCode, this.#child.signalCode);
      else this.#child.send(request, (error) => error && onError(error));
    });
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }

  #endOf(how: string): string {
    const lines = this.#said.trim().split('\n');
    return (
      `the process that tried it ended (${how}): it wants more than ${this.limits.memoryMegabytes} MB of memory, or ` +
      `onnxruntime crashes on it${lines[0] ? ` (${lines.at(-1)})` : ''}`
    );
  }
}

/**
 * The shell sets what Node cannot. RLIMIT_DATA counts what a process may write to, not what it has merely reserved, of
 * which V8 and WebAssembly reserve gigabytes; Linux honours it since 4.7. Elsewhere only the time is limited. The limit
 * of processor time holds should the parent be gone.
 */
const limited = ({ memoryMegabytes, openSeconds }: ProbeLimits, command: string[]): string[] => {
  if (process.platform === 'win32') return command;
  const script = 'ulimit -d "$1"; ulimit -t "$2"; shift 2; exec "$@"';
  const memory = process.platform === 'linux' ? String(memoryMegabytes * 1_024) : 'unlimited';
  return ['/bin/sh', '-c', script, 'sh', memory, String(openSeconds * 20), ...command];
};
