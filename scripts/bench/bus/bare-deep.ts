import { defaultImageLimits, decode, inspect } from '#libs/images';
import { InferencePool, loadPack } from '#libs/inference';
import { smallPhotos } from '../load/pictures.js';
import { answerWithCosts } from '../timed-loop.js';

const [packFolder, threadsText] = process.argv.slice(2);
const threads = Number(threadsText);
/** Decoding beside those in a model, as in the worker. */
const atOnce = threads + 4;

const pack = await loadPack(packFolder!);
const pool = await InferencePool.open([pack], {
  threads,
  provider: 'cpu',
  maxBatch: 1,
  maxDelayMs: 0,
  queueLimit: atOnce,
});
const photos = await smallPhotos();

/** Nothing but the worker's decode and its model: bytes in memory, no bus, no store, no policy, no result. */
const look = async (bytes: Buffer): Promise<void> => {
  const facts = await inspect(bytes, defaultImageLimits);
  if (!facts.ok) throw new Error(facts.detail);
  const { minShortSide } = pack.manifest.resize;
  const decoded = await decode(bytes, facts.value, { minShortSide, sampledFrames: 1 });
  if (!decoded.ok) throw new Error(decoded.detail);
  const answer = await pool.classify(pack.manifest.name, decoded.value.views[0]!);
  if (!answer.ok) throw new Error(answer.detail);
};

answerWithCosts(atOnce, (at) => look(photos[at % photos.length]!));
