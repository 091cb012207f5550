import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import { decode, defaultImageLimits, type ImageFacts, mostViewBytes } from '#libs/images';
import type { Pixels } from '#libs/domain';
import { seeThroughPng } from '../../../../test/fixtures/bad-images.js';
import type { MetricsService } from '../metrics/metrics.service.js';
import type { Upload } from '../upload/upload.service.js';
import type { FastTier } from './fast-tier.js';
import { ScoresService } from './scores.service.js';

const target = { minShortSide: 896, sampledFrames: 4 };
const megabyte = 1_000_000;

/** Decodes for real, and counts the bytes of all views from the start of their decode until they are classified. */
class CountingTier {
  readonly model = { name: 'fast', version: '1', tier: 'fast' as const };
  held = 0;
  mostHeld = 0;
  classified = 0;

  status() {
    return { provider: 'cpu' };
  }

  viewBytes(facts: ImageFacts): number {
    return mostViewBytes(facts, target);
  }

  async decode(bytes: Buffer, facts: ImageFacts): Promise<Pixels[]> {
    const expected = this.viewBytes(facts);
    this.take(expected);
    const decoded = await decode(bytes, facts, target);
    if (!decoded.ok) throw new Error(decoded.detail);
    this.take(sizeOf(decoded.value.views) - expected);
    return decoded.value.views;
  }

  hash(views: Pixels[]) {
    return Promise.resolve({ hash: null, views });
  }

  classify(views: Pixels[]) {
    this.take(-sizeOf(views));
    this.classified += 1;
    return Promise.resolve({});
  }

  private take(bytes: number): void {
    this.held += bytes;
    this.mostHeld = Math.max(this.mostHeld, this.held);
  }
}

const sizeOf = (views: Pixels[]): number => views.reduce((sum, { data }) => sum + data.length, 0);

const noMetrics = {
  observe: () => undefined,
  fact: () => undefined,
  spent: () => undefined,
  inferred: () => undefined,
  lookedUp: () => undefined,
} as unknown as MetricsService;

const uploadOf = (bytes: Buffer): Upload => ({
  bytes,
  sha256: createHash('sha256').update(bytes).digest('hex'),
});

describe('ScoresService', () => {
  it('holds 150 MB of pixels at most, however many large pictures come at once', async () => {
    const tier = new CountingTier();
    const scores = { threads: 4, queueLimit: 64, cacheBytes: megabyte, perceptualHashing: true };
    const service = new ScoresService(tier as unknown as FastTier, noMetrics, {
      images: defaultImageLimits,
      scores,
    } as unknown as ConstructorParameters<typeof ScoresService>[2]);
    const uploads = await Promise.all(
      [16_384, 16_383, 16_382, 16_381, 16_380].map(async (height) =>
        uploadOf(await seeThroughPng(896, height)),
      ),
    );

    await Promise.all(uploads.map((upload) => service.look(upload, () => undefined)));

    expect(tier.classified).toBe(uploads.length);
    expect(tier.held).toBe(0);
    expect(tier.mostHeld).toBeLessThanOrEqual(150 * megabyte);
    // each is 36 MB: four were at work at once, and all five would have been too many
    expect(tier.mostHeld).toBeGreaterThan(140 * megabyte);
  });
});
