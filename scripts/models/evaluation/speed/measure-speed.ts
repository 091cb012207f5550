import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { threadEntry } from '#libs/platform';
import type { SpeedReport, SpeedRequest } from './speed-report.js';

/**
 * Measures a pack in a process of its own.
 *
 * @throws Error with what went wrong there
 */
export const measureSpeed = (request: SpeedRequest): Promise<SpeedReport> =>
  new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(threadEntry(import.meta.url, './speed.process.js')), { execArgv: [] });
    child.once('message', (answer: { report: SpeedReport } | { error: string }) => {
      if ('report' in answer) resolve(answer.report);
      else reject(new Error(answer.error));
    });
    child.once('error', reject);
    child.once('exit', (code, signal) =>
      reject(new Error(`the process that measures ${request.folder} ended early (${signal ?? code})`)),
    );
    child.send(request);
  });
