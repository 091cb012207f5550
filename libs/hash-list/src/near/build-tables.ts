import { threadEntry } from '#libs/platform';
import { Worker } from 'node:worker_threads';
import type { ChunkTable } from './chunk-table.js';
import type { ChunkTablesTask } from './chunk-tables.thread.js';

/**
 * Builds the tables of the first `count` rows in a thread of their own, and hands over each as soon as it is done, in
 * the order of chunks: so old tables can go one by one, and both sets never fill memory together.
 * Rejects when the thread fails.
 * @param awaited whether the process should stay alive for it
 */
export const buildTables = (
  task: ChunkTablesTask,
  take: (table: ChunkTable, chunk: number) => void,
  awaited: boolean,
): Promise<void> =>
  new Promise((resolve, reject) => {
    const thread = new Worker(threadEntry(import.meta.url, './chunk-tables.thread.js'), { workerData: task });
    let chunk = 0;
    thread.on('message', (table: ChunkTable) => {
      take(table, chunk);
      chunk += 1;
    });
    thread.once('error', reject);
    thread.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`the thread that builds the hash tables ended with code ${code}`));
    });
    if (!awaited) thread.unref();
  });
