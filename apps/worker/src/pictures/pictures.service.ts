import { createHash } from 'node:crypto';
import { Inject, Injectable } from '@nestjs/common';
import { BlobStore, InvalidBlobKey } from '#libs/blobs';
import { type Content, ok, type PerceptualHash, type Pixels, type Result } from '#libs/domain';
import { PdqHasher } from '#libs/hash-list';
import { decode, type ImageRefusal, inspect } from '#libs/images';
import { CONFIG, type WorkerConfig } from '../worker-config.js';
import { WorkerMetrics } from '../worker-metrics.js';

/** Why a content's picture will never be seen, however often it is tried. */
export interface BadPicture {
  code: 'blob_missing' | 'blob_altered' | ImageRefusal['code'];
  detail: string;
}

/** From a content's reference to its pixels. */
@Injectable()
export class PicturesService {
  private readonly hasher = new PdqHasher();

  constructor(
    private readonly blobs: BlobStore,
    private readonly metrics: WorkerMetrics,
    @Inject(CONFIG) private readonly config: Pick<WorkerConfig, 'pictures'>,
  ) {}

  /**
   * Loads, verifies and decodes. views[0] is the picture as people see it.
   *
   * @param minShortSide pixels of the short side that decoding may shrink to
   * @throws BlobUnavailable
   */
  async open(content: Content, minShortSide: number): Promise<Result<Pixels[], BadPicture>> {
    const loaded = await this.metrics.timed('load', () => this.load(content));
    if (!loaded.ok) return loaded;
    return this.metrics.timed('decode', () => this.decode(loaded.value, minShortSide));
  }

  /** Takes over the memory of the picture, and gives it back beside its hash. */
  hash(picture: Pixels): Promise<{ hash: PerceptualHash; pixels: Pixels }> {
    return this.metrics.timed('hash', () => this.hasher.hash(picture));
  }

  close(): Promise<void> {
    return this.hasher.close();
  }

  private async load({ blobKey, sha256 }: Content): Promise<Result<Buffer, BadPicture>> {
    const bytes = blobKey === null ? undefined : await this.blobs.get(blobKey).catch(undefinedIfForged);
    if (!bytes) return bad('blob_missing', 'the stored image is gone, or its key is not one of ours');
    // whoever decides later must see the bytes that were judged, and not others under the same key
    if (createHash('sha256').update(bytes).digest('hex') !== sha256)
      return bad('blob_altered', 'the stored image is not the one that was uploaded');
    return ok(bytes);
  }

  private async decode(bytes: Buffer, minShortSide: number): Promise<Result<Pixels[], BadPicture>> {
    const { limits, sampledFrames } = this.config.pictures;
    const facts = await inspect(bytes, limits);
    if (!facts.ok) return facts;
    const decoded = await decode(bytes, facts.value, { minShortSide, sampledFrames });
    return decoded.ok ? ok(decoded.value.views) : decoded;
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
