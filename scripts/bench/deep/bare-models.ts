import { join } from 'node:path';
import { defaultImageLimits, decode, inspect } from '#libs/images';
import { InferencePool, loadPack } from '#libs/inference';
import { projectRoot } from '#libs/platform';
import { smallPhotos } from '../load/pictures.js';
import { answerWithCosts } from '../timed-loop.js';

const threads = Number(process.argv[2]);
/** Decoding beside those in a model, as in the worker. */
const atOnce = threads + 4;

const packs = await Promise.all(
  ['nsfw-inception-v3', 'efficientnet-lite0'].map((name) => loadPack(join(projectRoot, 'models', name))),
);
const pool = await InferencePool.open(packs, {
  threads,
  provider: 'cpu',
  maxBatch: 1,
  maxDelayMs: 0,
  queueLimit: atOnce,
});
const minShortSide = Math.max(...packs.map(({ manifest }) => manifest.resize.minShortSide));
const photos = await smallPhotos();

/** Nothing but the worker's decode and its models: bytes in memory, no event, no store, no policy, no result. */
answerWithCosts(atOnce, async (at) => {
  const bytes = photos[at % photos.length]!;
  const facts = await inspect(bytes, defaultImageLimits);
  if (!facts.ok) throw new Error(facts.detail);
  const decoded = await decode(bytes, facts.value, { minShortSide, sampledFrames: 1 });
  if (!decoded.ok) throw new Error(decoded.detail);
  const { data, width, height } = decoded.value.views[0]!;
  const answers = await Promise.all(
    packs.map(({ manifest }) => pool.classify(manifest.name, { data: new Uint8Array(data), width, height })),
  );
  for (const answer of answers) if (!answer.ok) throw new Error(answer.detail);
});
