import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { buildChunkTable, chunkCount } from './chunk-table.js';

/** What the thread is started with. */
export interface ChunkTablesTask {
  /** in shared memory */
  hashes: Uint32Array;
  /** rows to index */
  count: number;
}

/** Nobody waits for this thread. On Linux process id 0 means it alone; elsewhere it would be the whole process. */
const niceness = 15;
if (process.platform === 'linux') setPriority(0, niceness);

const { hashes, count } = workerData as ChunkTablesTask;
for (let chunk = 0; chunk < chunkCount; chunk++)
  parentPort!.postMessage(buildChunkTable(hashes, count, chunk));
