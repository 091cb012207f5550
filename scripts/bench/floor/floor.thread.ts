import { createHash } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import { pdqHash } from '#libs/hash-list';
import { decode, defaultImageLimits, inspect } from '#libs/images';
import { loadPack, PackSession } from '#libs/inference';

/** What a floor thread is told; the pictures are shared memory or copies, all threads take each in turn. */
export interface FloorWork {
  packFolder: string;
  pictures: Uint8Array[];
  /** where in the list this thread begins */
  first: number;
  seconds: number;
  perceptualHashing: boolean;
}

const { packFolder, pictures, first, seconds, perceptualHashing } = workerData as FloorWork;

/** The bare work of one upload, one after the other: check, sha256, decode, PDQ, resize, model. */
const loop = async (): Promise<number> => {
  const pack = await loadPack(packFolder);
  const session = await PackSession.open(pack, { provider: 'cpu', maxBatch: 1 });
  const target = { minShortSide: pack.manifest.resize.minShortSide, sampledFrames: 1 };
  const buffers = pictures.map((picture) => Buffer.from(picture));
  parentPort!.postMessage('ready');
  await new Promise((resolve) => parentPort!.once('message', resolve));
  const end = performance.now() + seconds * 1000;
  let done = 0;
  for (let at = first; performance.now() < end; at++) {
    const bytes = buffers[at % buffers.length]!;
    createHash('sha256').update(bytes).digest('hex');
    const facts = await inspect(bytes, defaultImageLimits);
    if (!facts.ok) throw new Error(facts.detail);
    const decoded = await decode(bytes, facts.value, target);
    if (!decoded.ok) throw new Error(decoded.detail);
    const view = decoded.value.views[0]!;
    if (perceptualHashing) pdqHash(view);
    await session.run([view]);
    done += 1;
  }
  return done;
};

parentPort!.postMessage(await loop());
