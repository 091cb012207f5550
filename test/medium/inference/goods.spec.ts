import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultPolicyDocument } from '#libs/domain';
import { InferencePool, loadPack, type PackOutput } from '#libs/inference';
import { cardScores } from '../../../scripts/bench/deep/goods-card.js';
import { hasSamplePhotos, productDecode, samplePhotos } from './sample-photos.js';

const name = 'efficientnet-lite0';
const category = 'goods/firearm';
const line = defaultPolicyDocument.categories[category]!.deep!.review!;
const fixtures = join(import.meta.dirname, '../../fixtures');
const jpegsIn = (folder: string): string[] =>
  readdirSync(join(fixtures, folder))
    .filter((file) => file.endsWith('.jpg'))
    .map((file) => join(fixtures, folder, file));
const withPhotos = hasSamplePhotos ? it : it.skip;

describe(`${category} on the model’s own terms`, () => {
  let pool: InferencePool;
  let minShortSide: number;

  beforeAll(async () => {
    const pack = await loadPack(join(import.meta.dirname, '../../../models', name));
    minShortSide = pack.manifest.resize.minShortSide;
    pool = await InferencePool.open([pack], {
      threads: 1,
      provider: 'cpu',
      maxBatch: 1,
      maxDelayMs: 0,
      queueLimit: 100,
    });
  });
  afterAll(() => pool.close());

  const look = async (bytes: Buffer): Promise<PackOutput> => {
    const result = await pool.classify(name, await productDecode(bytes, minShortSide));
    if (!result.ok) throw new Error(result.detail);
    return result.value;
  };

  it.each(['revolver', 'assault rifle'])(
    'sees the %s that the project drew, and calls it by its name',
    async (label) => {
      const { scores, labels } = await look(
        readFileSync(join(fixtures, 'goods', `${label.replace(' ', '-')}.jpg`)),
      );
      expect(scores[category]).toBeGreaterThanOrEqual(line);
      const [best] = Object.entries(labels).sort((a, b) => b[1] - a[1]);
      expect(best![0]).toBe(label);
      const sum = labels['assault rifle']! + labels['revolver']! + labels['rifle']!;
      expect(scores[category]).toBeCloseTo(sum, 5);
    },
  );

  it('sees none in the scenes that the project painted', async () => {
    for (const file of jpegsIn('photos'))
      expect((await look(readFileSync(file))).scores[category]).toBeLessThan(line / 3);
  });

  withPhotos('scores the sample photos as the card says', async () => {
    const shown: number[] = [];
    const others: number[] = [];
    for (const folder of ['photos', 'large', 'goods'])
      for (const { name: file, bytes } of await samplePhotos(folder)) {
        const score = (await look(bytes)).scores[category]!;
        (/_(assault_rifle|revolver|rifle)\./.test(file) ? shown : others).push(score);
      }
    expect(shown.map((score) => Number(score.toFixed(2))).sort()).toEqual([...cardScores].sort());
    expect(Math.max(...others)).toBeLessThan(line);
    expect(others.length).toBeGreaterThan(70);
  });
});
