import { describe, expect, it } from '@jest/globals';
import type { BlobStore } from '#libs/blobs';
import { jpeg, scene } from '../../../../test/fixtures/pictures.js';
import { CaseImageService } from './case-image.service.js';
import type { CasesRepository } from './cases.repository.js';

describe('previews', () => {
  it('are made two at a time, however many are asked for, and all in the end', async () => {
    const bytes = await jpeg(scene(1, 64, 48));
    const reads: (() => void)[] = [];
    let waiting = 0;
    let most = 0;
    const blobs = {
      get: () =>
        new Promise<Buffer>((resolve) => {
          most = Math.max(most, ++waiting);
          reads.push(() => {
            waiting -= 1;
            resolve(bytes);
          });
        }),
    } as unknown as BlobStore;
    const cases = {
      blobOf: () => Promise.resolve({ blobKey: 'a key', mediaType: 'image/jpeg' }),
    } as unknown as CasesRepository;
    const images = new CaseImageService(cases, blobs);

    const previews = Array.from({ length: 5 }, () =>
      images.render('a case', 'blurred', { id: 'a moderator' }),
    );
    let made = 0;
    for (const preview of previews) void preview.then(() => (made += 1));
    while (made < previews.length) {
      await new Promise(setImmediate);
      reads.shift()?.();
    }
    expect((await Promise.all(previews)).every(({ mediaType }) => mediaType === 'image/webp')).toBe(true);
    expect(most).toBe(2);
  });
});
