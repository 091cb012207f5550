import { rm } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import { PackError } from '#libs/inference';
import { aPack } from '../../../../test/builders/pack.builder.js';
import { FastTier } from './fast-tier.js';

describe('The fast tier', () => {
  it('does not open a pack of another tier, and says which variable to change', async () => {
    const folder = await aPack().with({ tier: 'deep' }).write();
    const config = {
      modelsDir: dirname(folder),
      fastPack: basename(folder),
      provider: 'cpu' as const,
      threads: 1,
      queueLimit: 1,
      cacheBytes: 0,
      perceptualHashing: false,
      sampledFrames: 1,
    };
    const opened = FastTier.open(config, pino({ level: 'silent' }));
    await expect(opened).rejects.toThrow(PackError);
    await expect(opened).rejects.toThrow(/colours: is of the deep tier: set FAST_PACK/);
    await rm(folder, { recursive: true });
  });
});
