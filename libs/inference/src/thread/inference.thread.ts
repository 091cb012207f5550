import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { PackError, ProviderError } from '../packs/pack-error.js';
import { isTextPack, type Pack } from '../packs/pack.js';
import { TextSession } from '../text/text-session.js';
import { PackSession } from './pack-session.js';
import type { BatchRequest, ThreadMessage, ThreadSetup } from './protocol.js';

/** Niceness: the event loop must keep answering while inference uses every core. */
const niceness = 10;

const port = parentPort;
if (!port) throw new Error('this file is the entry of a worker thread');
const { packs, ...setup } = workerData as ThreadSetup;
const sessions = new Map<string, PackSession | TextSession>();
const send = (message: ThreadMessage): void => port.postMessage(message);

// On Linux, process id 0 means the calling thread; elsewhere it would slow down the whole process
if (process.platform === 'linux') setPriority(0, niceness);

const open = (pack: Pack): Promise<PackSession | TextSession> =>
  isTextPack(pack) ? TextSession.open(pack) : PackSession.open(pack, setup);

const start = async (): Promise<void> => {
  for (const pack of packs) sessions.set(pack.manifest.name, await open(pack));
};

const refusal = (error: unknown): ThreadMessage => {
  if (error instanceof PackError) {
    return { kind: 'refused', fault: 'pack', subject: error.pack, reason: error.reason };
  }
  if (error instanceof ProviderError) {
    return { kind: 'refused', fault: 'provider', subject: error.provider, reason: error.reason };
  }
  throw error;
};

const answer = async ({ pack, views, budgetMs }: BatchRequest): Promise<ThreadMessage> => {
  const session = sessions.get(pack);
  if (!session) return { kind: 'failed', detail: `this thread has no pack ${pack}` };
  try {
    return { kind: 'done', version: session.pack.manifest.version, ...(await session.run(views, budgetMs)) };
  } catch (error) {
    return { kind: 'failed', detail: (error as Error).message };
  }
};

try {
  await start();
  port.on('message', (request: BatchRequest) => {
    void answer(request).then(send);
  });
  send({ kind: 'ready' });
} catch (error) {
  send(refusal(error));
}
