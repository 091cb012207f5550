import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pixels } from '#libs/domain';
import { InferencePool, loadPack, type ModelPack } from '#libs/inference';
import { difference, summarise, topLabel } from '../../../scripts/models/evaluation/agreement.js';
import { NsfwjsReference, type NsfwjsPack } from '../../../scripts/models/reference/nsfwjs.js';
import { fullDecode, hasSamplePhotos, productDecode, samplePhotos } from './sample-photos.js';

const models = join(import.meta.dirname, '../../../models');

/** Same bytes into both networks: what is left is the order of float additions. */
const parityLimit = 1e-4;
/** Decoder, shrink and resize included. */
const pipelineLimits = { topAgrees: 0.97, meanDifference: 0.02 };

/** nsfwjs needs half a second for each picture with InceptionV3: fewer of them there. */
const packs: { name: NsfwjsPack; photos: number }[] = [
  { name: 'nsfw-mobilenet-v2', photos: 60 },
  { name: 'nsfw-inception-v3', photos: 14 },
];
const parityPhotos = 20;

describe.each(packs)('$name against nsfwjs itself', ({ name, photos }) => {
  let pack: ModelPack;
  let pool: InferencePool;
  let reference: NsfwjsReference;

  beforeAll(async () => {
    pack = await loadPack(join(models, name));
    pool = await InferencePool.open([pack], {
      threads: 1,
      provider: 'cpu',
      maxBatch: 1,
      maxDelayMs: 0,
      queueLimit: 100,
    });
    reference = await NsfwjsReference.start(name);
  }, 60_000);

  afterAll(async () => {
    await reference.close();
    await pool.close();
  });

  const labelsOf = async (view: Pixels): Promise<Record<string, number>> => {
    const result = await pool.classify(name, view);
    if (!result.ok) throw new Error(result.detail);
    return result.value.labels;
  };

  it(`agrees within ${parityLimit} on the same tensor, photo by photo`, async () => {
    const { width, height } = pack.manifest.input;
    const differences: number[] = [];
    for (const { bytes } of (await samplePhotos('photos')).slice(0, parityPhotos)) {
      const tensor = await centre(bytes, width, height);
      const expected = await reference.classify(tensor);
      differences.push(difference(expected, await labelsOf(tensor)));
    }
    expect(differences.length).toBeGreaterThanOrEqual(parityPhotos);
    console.log(
      `${name}: largest difference on the same tensor ${Math.max(...differences).toExponential(1)}`,
    );
    expect(Math.max(...differences)).toBeLessThanOrEqual(parityLimit);
  }, 120_000);

  it('agrees from the file to the probabilities with nsfwjs’s own pipeline', async () => {
    const sets = [
      (await samplePhotos('photos')).slice(0, photos),
      hasSamplePhotos ? await samplePhotos('large') : [],
    ];
    const pairs: { expected: Record<string, number>; found: Record<string, number> }[] = [];
    for (const { bytes } of sets.flat()) {
      const expected = await reference.classify(await fullDecode(bytes));
      const found = await labelsOf(await productDecode(bytes, pack.manifest.resize.minShortSide));
      expect(Object.keys(found)).toContain(topLabel(expected));
      pairs.push({ expected, found });
    }
    const { topAgrees, meanDifference, largestDifference } = summarise(pairs);
    console.log(
      `${name}: whole pipeline, ${pairs.length} photos: top label agrees on ${(topAgrees * 100).toFixed(1)} %, ` +
        `mean difference ${meanDifference.toFixed(4)}, largest ${largestDifference.toFixed(3)}`,
    );
    expect(topAgrees).toBeGreaterThanOrEqual(pipelineLimits.topAgrees);
    expect(meanDifference).toBeLessThanOrEqual(pipelineLimits.meanDifference);
  }, 240_000);
});

/** A picture of exactly the model's size, cut from the middle, so that neither side resizes. */
const centre = async (bytes: Buffer, width: number, height: number): Promise<Pixels> => {
  const full = await fullDecode(bytes);
  const data = new Uint8Array(width * height * 3);
  const [left, top] = [Math.max(full.width - width, 0) >> 1, Math.max(full.height - height, 0) >> 1];
  for (let y = 0; y < Math.min(height, full.height); y += 1) {
    const from = ((top + y) * full.width + left) * 3;
    data.set(full.data.subarray(from, from + Math.min(width, full.width) * 3), y * width * 3);
  }
  return { data, width, height };
};
