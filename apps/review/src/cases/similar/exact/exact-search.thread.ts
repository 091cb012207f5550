import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { Request, Response, StoreOptions } from './messages.js';
import { unpacked } from './packed-rows.js';
import { VectorStore } from './vector-store.js';

/** People who decide wait for the event loop, not for this. On Linux process id 0 means this thread alone. */
const niceness = 10;
if (process.platform === 'linux') setPriority(0, niceness);

const store = new VectorStore((workerData as StoreOptions).maxBytes);

const answer = (request: Request): Response => {
  switch (request.kind) {
    case 'load':
      return store.load(unpacked(request.rows));
    case 'add':
      store.add(unpacked(request.rows));
      return true;
    case 'search':
      return store.nearest({ ...request, leaveOut: new Set(request.leaveOut) });
  }
};

parentPort!.on('message', (request: Request) => parentPort!.postMessage(answer(request)));
