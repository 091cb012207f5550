import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { BlobStore, InvalidBlobKey } from '#libs/blobs';
import { type Content, ok, type PerceptualHash, type Pixels, type Result } from '#libs/domain';
import { PdqHasher } from '#libs/hash-list';
import {
  ByteBudget,
  decode,
  type DecodeTarget,
  type ImageRefusal,
  inspect,
  mostViewBytes,
} from '#libs/images';
import { CONFIG, type WorkerConfig } from '../worker-config.js';
import { WorkerMetrics } from '../worker-metrics.js';
import { hold } from './holding.js';
import type { PicturesStatus } from './pictures-status.js';
import { Prefetched } from './prefetched.js';

/** Why a content's picture will never be seen, however often it is tried. */
export interface BadPicture {
  code: 'blob_missing' | 'blob_altered' | ImageRefusal['code'];
  detail: string;
}

/** What is to be done with a picture's views. */
export interface ViewNeeds {
  /** pixels of the short side that decoding may shrink to */
  minShortSide: number;
  /** how often the views lie in memory at the same time, at the most: each model takes its own */
  copies: number;
}

/**
 * From a content's reference to its pixels. Loading runs ahead of decoding, under limits of its own, so that a slow
 * store leaves no model idle; how far ahead, and how much is decoded at once, is bounded in bytes, whatever waits.
 */
@Injectable()
export class PicturesService {
  private readonly hasher = new PdqHasher();
  private readonly oneLoad;
  private readonly onePicture;
  private readonly storedBytes: ByteBudget;
  private readonly viewBytes: ByteBudget;
  private prefetched = 0;
  private decoded = 0;

  constructor(
    private readonly blobs: BlobStore,
    private readonly metrics: WorkerMetrics,
    @Inject(CONFIG) private readonly config: Pick<WorkerConfig, 'pictures'>,
  ) {
    const { atOnce, loadsAtOnce, prefetchBytes, viewBytes } = config.pictures;
    this.oneLoad = pLimit(loadsAtOnce);
    this.onePicture = pLimit(atOnce);
    this.storedBytes = new ByteBudget(prefetchBytes);
    this.viewBytes = new ByteBudget(viewBytes);
    metrics.watchPictures(() => this.status());
  }

  /**
   * Loads, verifies and decodes a picture, and shows it to `look`; views[0] is the picture as people see it. Waits
   * for its turn and for memory, in order of arrival: a huge picture holds up small ones for no longer than it takes.
   * The views' memory counts until `look` has ended.
   *
   * @throws BlobUnavailable, and what `look` throws
   */
  async show<Seen>(
    content: Content,
    { minShortSide, copies }: ViewNeeds,
    look: (views: Pixels[]) => Promise<Seen>,
  ): Promise<Result<Seen, BadPicture>> {
    const loaded = await this.prefetch(content);
    if (!loaded.ok) return loaded;
    const { value: image } = loaded;
    const target = { minShortSide, sampledFrames: this.config.pictures.sampledFrames };
    const mostBytes = copies * mostViewBytes(image.facts, target);
    this.prefetched += 1;
    return this.onePicture(() =>
      this.viewBytes.run(mostBytes, async () => {
        this.prefetched -= 1;
        this.decoded += 1;
        try {
          const views = await this.decode(image, target);
          return views.ok ? ok(await look(views.value)) : views;
        } finally {
          this.decoded -= 1;
        }
      }),
    );
  }

  /** Takes over the memory of the picture, and gives it back beside its hash. */
  hash(picture: Pixels): Promise<{ hash: PerceptualHash; pixels: Pixels }> {
    return this.metrics.timed('hash', () => this.hasher.hash(picture));
  }

  status(): PicturesStatus {
    return {
      prefetched: this.prefetched,
      prefetchedBytes: this.storedBytes.usedBytes,
      decoded: this.decoded,
      decodedBytes: this.viewBytes.usedBytes,
    };
  }

  close(): Promise<void> {
    return this.hasher.close();
  }

  /** From the store to memory. Room is made by what the event says of its size; the checksum catches a lie. */
  private async prefetch(content: Content): Promise<Result<Prefetched, BadPicture>> {
    const giveBack = await hold(this.storedBytes, content.bytes);
    let image: Prefetched | undefined;
    try {
      const loaded = await this.oneLoad(() => this.metrics.timed('load', () => this.load(content)));
      if (!loaded.ok) return loaded;
      const facts = await inspect(loaded.value, this.config.pictures.limits);
      if (!facts.ok) return facts;
      image = new Prefetched(loaded.value, facts.value, giveBack);
      return ok(image);
    } finally {
      if (!image) giveBack();
    }
  }

  private async load({ blobKey, sha256 }: Content): Promise<Result<Buffer, BadPicture>> {
    const bytes = blobKey === null ? undefined : await this.blobs.get(blobKey).catch(undefinedIfForged);
    if (!bytes) return bad('blob_missing', 'the stored image is gone, or its key is not one of ours');
    // whoever decides later must see the bytes that were judged, and not others under the same key
    if (createHash('sha256').update(bytes).digest('hex') !== sha256)
      return bad('blob_altered', 'the stored image is not the one that was uploaded');
    return ok(bytes);
  }

  private async decode(image: Prefetched, target: DecodeTarget): Promise<Result<Pixels[], BadPicture>> {
    try {
      const decoded = await this.metrics.timed('decode', () => decode(image.bytes, image.facts, target));
      return decoded.ok ? ok(decoded.value.views) : decoded;
    } finally {
      image.letGo();
    }
  }
}

const bad = (code: BadPicture['code'], detail: string): { ok: false } & BadPicture => ({
  ok: false,
  code,
  detail,
});

const undefinedIfForged = (error: unknown): undefined => {
  if (error instanceof InvalidBlobKey) return undefined;
  throw error;
};
