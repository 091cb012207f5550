import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * A shell that waits on a pipe which only this process holds open. When the pipe ends, because this process did, by
 * whatever means, it ends the server whose number came last, and removes the folder, where there is one to remove.
 */
const script = `
pid=
while read -r line; do pid=$line; done
[ -n "$pid" ] && kill -s "$0" "$pid" 2>/dev/null
[ -n "$1" ] || exit 0
tries=0
while [ -n "$pid" ] && [ $tries -lt 10 ] && kill -0 "$pid" 2>/dev/null; do tries=$((tries + 1)); sleep 0.1; done
rm -rf "$1"
`;

/** Sees to it that neither a server nor its temporary folder outlives this process, even when it is killed. */
export class Guard {
  private readonly shell: ChildProcess;

  /** @param temporaryFolder removed at the end; a server without one is asked to end (SIGTERM), so that it can save what it has */
  constructor(temporaryFolder?: string) {
    const signal = temporaryFolder === undefined ? 'TERM' : 'KILL';
    this.shell = spawn('/bin/sh', ['-c', script, signal, temporaryFolder ?? ''], {
      // Ctrl-C in the terminal is for this process, which ends its servers in order.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.shell.unref();
    // Neither the shell nor the pipe shall keep this process alive.
    (this.shell.stdin as Socket).unref();
  }

  watch(pid: number): void {
    this.shell.stdin!.write(`${pid}\n`);
  }

  /** The number may belong to anybody from now on. */
  forget(): void {
    this.shell.stdin!.write('\n');
  }

  /** Removes the folder now. */
  release(): void {
    this.shell.stdin!.end();
  }
}
