import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';

/**
 * Sees to it that a server ends when this process does, even when it is killed: a shell waits on a pipe that only
 * this process holds open, and stops the server (SIGINT) when the pipe ends. Node's own children notice by their IPC
 * channel; Postgres has none.
 */
export const endWithUs = (server: ChildProcess): void => {
  if (server.pid === undefined || process.platform === 'win32') return;
  const guard = spawn('/bin/sh', ['-c', 'read -r _; kill -INT "$0"', String(server.pid)], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Neither the shell nor the pipe shall keep this process alive.
  guard.unref();
  (guard.stdin as Socket).unref();
  server.once('exit', () => guard.kill('SIGKILL'));
};
