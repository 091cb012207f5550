import { createHash } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type BlobStore, blobKeyFor, BlobUnavailable } from '#libs/blobs';
import type { Content, Pixels, Result } from '#libs/domain';
import { defaultImageLimits } from '#libs/images';
import { Metrics } from '#libs/platform';
import { aContent } from '../../../../test/builders/content.builder.js';
import { jpeg, png, scene } from '../../../../test/fixtures/pictures.js';
import { WorkerMetrics } from '../worker-metrics.js';
import type { PictureSettings } from './picture-settings.js';
import { type BadPicture, PicturesService } from './pictures.service.js';

const minShortSide = 400;
const viewOf = (side: number): number => side * side * 3;

/** Bounds only a failing test. */
const longestWaitMs = 4_000;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
/** Until it holds: decodes run in other threads, so turns of the event loop do not tell how far they are. */
const until = async (holds: () => boolean): Promise<void> => {
  const giveUpAt = performance.now() + longestWaitMs;
  while (!holds()) {
    if (performance.now() > giveUpAt) throw new Error('it never came to hold');
    await turn();
  }
};

/** A store that answers when a test lets it, or at once. */
class HeldStore {
  readonly stored = new Map<string, Buffer>();
  readonly held: (() => void)[] = [];
  isHeld = false;
  asked = 0;

  put(bytes: Buffer): Content {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const blobKey = blobKeyFor(sha256);
    this.stored.set(blobKey, bytes);
    return aContent({ sha256, blobKey, bytes: bytes.length });
  }

  async get(key: string): Promise<Buffer | undefined> {
    this.asked += 1;
    if (this.isHeld) await new Promise<void>((resolve) => this.held.push(resolve));
    return this.stored.get(key);
  }
}

/** Looks that end when a test says so. */
class HeldLooks {
  readonly open: { views: Pixels[]; end: () => void }[] = [];
  readonly look = (views: Pixels[]): Promise<string> =>
    new Promise((resolve) => this.open.push({ views, end: () => resolve('seen') }));

  endAll(): void {
    for (const { end } of this.open.splice(0)) end();
  }
}

describe('PicturesService', () => {
  let huge: Buffer, small: Buffer[];
  let service: PicturesService;
  let metrics: Metrics;
  beforeAll(async () => {
    // PNGs are shrunk to the short side that is asked for; small ones stay as they are
    huge = await png(scene(1, 1_200, 1_200));
    small = await Promise.all([2, 3, 4, 5, 6, 7].map((seed) => jpeg(scene(seed, 100, 100))));
  });
  afterEach(() => service.close());

  const given = (settings: Partial<PictureSettings> = {}) => {
    const store = new HeldStore();
    metrics = new Metrics();
    service = new PicturesService(store as unknown as BlobStore, new WorkerMetrics(metrics), {
      pictures: {
        atOnce: 100,
        viewBytes: 100_000_000,
        loadsAtOnce: 100,
        prefetchBytes: 100_000_000,
        sampledFrames: 1,
        limits: defaultImageLimits,
        ...settings,
      },
    });
    const looks = new HeldLooks();
    const show = (content: Content, copies = 1): Promise<Result<string, BadPicture>> =>
      service.show(content, { minShortSide, copies }, looks.look);
    return { store, looks, show };
  };

  it('shows a picture, and counts its memory for as long as that takes', async () => {
    const { store, looks, show } = given();
    const shown = show(store.put(huge), 2);
    await until(() => looks.open.length === 1);
    expect(looks.open[0]!.views).toMatchObject([{ width: 400, height: 400 }]);
    expect(service.status()).toEqual({
      prefetched: 0,
      prefetchedBytes: 0,
      decoded: 1,
      decodedBytes: 2 * viewOf(400),
    });
    looks.endAll();
    expect(await shown).toEqual({ ok: true, value: 'seen' });
    expect(service.status()).toEqual({ prefetched: 0, prefetchedBytes: 0, decoded: 0, decodedBytes: 0 });
  });

  it('stays within its memory in a flood of huge pictures, and small ones behind them have their turn', async () => {
    const { store, looks, show } = given({ viewBytes: 3 * viewOf(400) });
    const flood = Array.from({ length: 12 }, () => show(store.put(huge)));
    await until(() => looks.open.length === 3 && service.status().prefetched === 9);
    const behind = small.map((bytes) => show(store.put(bytes)));
    await until(() => service.status().prefetched === 15);
    let most = 0;
    for (let ended = 0; ended < 18; ended += 1) {
      await until(() => looks.open.length > 0 && looks.open.length === service.status().decoded);
      const held = looks.open.flatMap(({ views }) => views).reduce((sum, { data }) => sum + data.length, 0);
      most = Math.max(most, held);
      looks.open.shift()!.end();
      await turn();
    }
    expect(most).toBe(3 * viewOf(400));
    expect((await Promise.all([...flood, ...behind])).every((each) => each.ok)).toBe(true);
  });

  it('lets small pictures pass while a huge one is being looked at', async () => {
    const { store, looks, show } = given({ viewBytes: viewOf(400) + 2 * viewOf(100) });
    void show(store.put(huge));
    await until(() => looks.open.length === 1);
    const passing = [show(store.put(small[0]!)), show(store.put(small[1]!))];
    await until(() => looks.open.length === 3);
    looks.endAll();
    await Promise.all(passing);
  });

  it('shows a picture that is larger than all its memory, alone', async () => {
    const { store, looks, show } = given({ viewBytes: 1 });
    const both = [show(store.put(huge)), show(store.put(small[0]!))];
    for (const stillWaiting of [1, 0]) {
      await until(() => looks.open.length > 0 && service.status().prefetched === stillWaiting);
      expect(service.status().decoded).toBe(1);
      looks.endAll();
    }
    await Promise.all(both);
  });

  it('loads ahead while pictures are being looked at, up to its memory for that', async () => {
    const prefetchBytes = small.slice(1, 4).reduce((sum, { length }) => sum + length, 0);
    const { store, looks, show } = given({ atOnce: 1, prefetchBytes });
    const all = [show(store.put(small[0]!))];
    await until(() => looks.open.length === 1);
    all.push(...small.slice(1).map((bytes) => show(store.put(bytes))));
    await until(() => service.status().prefetched === 3);
    await turn();
    expect(store.asked).toBe(4);
    expect(service.status()).toMatchObject({ prefetched: 3, prefetchedBytes: prefetchBytes, decoded: 1 });
    const scraped = await metrics.registry.metrics();
    expect(scraped).toContain('sluice_worker_prefetched_pictures 3');
    expect(scraped).toContain(`sluice_worker_prefetched_bytes ${prefetchBytes}`);
    expect(scraped).toContain('sluice_worker_pictures_in_memory 1');
    expect(scraped).toContain(`sluice_worker_decoded_bytes ${viewOf(100)}`);
    for (let i = 0; i < all.length; i += 1) {
      await until(() => looks.open.length === 1);
      looks.endAll();
    }
    expect((await Promise.all(all)).every((each) => each.ok)).toBe(true);
    expect(store.asked).toBe(6);
  });

  it('looks at what is loaded although the store is slow with the rest', async () => {
    const { store, looks, show } = given({ atOnce: 1, loadsAtOnce: 2 });
    const [quick, ...slow] = small.slice(0, 4).map((bytes) => store.put(bytes));
    store.isHeld = true;
    const waiting = slow.map((content) => show(content));
    await until(() => store.held.length === 2);
    // both places for loading are taken; the third one's turn comes as soon as one is answered
    store.held.shift()!();
    await until(() => looks.open.length === 1 && store.held.length === 2);
    looks.endAll();
    store.isHeld = false;
    const last = show(quick!);
    for (const answer of store.held.splice(0)) answer();
    for (let i = 0; i < 3; i += 1) {
      await until(() => looks.open.length === 1);
      looks.endAll();
    }
    expect((await Promise.all([...waiting, last])).every((each) => each.ok)).toBe(true);
  });

  it('gives back all memory after a bad picture, a look that fails, and a store that is away', async () => {
    const { store, show } = given();
    const cut = store.put((await png(scene(9))).subarray(0, 500));
    expect(await show(cut)).toMatchObject({ ok: false, code: 'undecodable_image' });
    expect(await show(store.put(Buffer.from('no picture')))).toMatchObject({ ok: false });
    expect(await show(aContent({ blobKey: null }))).toMatchObject({ ok: false, code: 'blob_missing' });
    const fails = service.show(store.put(small[0]!), { minShortSide, copies: 1 }, () =>
      Promise.reject(new Error('the thread died')),
    );
    await expect(fails).rejects.toThrow('the thread died');
    store.get = () => Promise.reject(new BlobUnavailable('read the image', new Error('EIO')));
    await expect(show(store.put(small[1]!))).rejects.toThrow(BlobUnavailable);
    expect(service.status()).toEqual({ prefetched: 0, prefetchedBytes: 0, decoded: 0, decodedBytes: 0 });
  });
});
