import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { blobKeyFor, DiskBlobStore } from '#libs/blobs';
import type { Content } from '#libs/domain';
import { readWorkerConfig, type WorkerConfig } from '../../../apps/worker/src/worker-config.js';
import { aContent } from '../../builders/content.builder.js';
import { aPack, type PackBuilder } from '../../builders/pack.builder.js';

/** A folder with blobs and with packs that know colours: the fast one knows red, the general one green. */
export class SmallWorkerFolder {
  private constructor(
    private readonly folder: string,
    readonly blobs: DiskBlobStore,
  ) {}

  static async make(): Promise<SmallWorkerFolder> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-worker-'));
    await mkdir(join(folder, 'models'));
    const made = new SmallWorkerFolder(folder, await DiskBlobStore.open(join(folder, 'blobs')));
    await made.put('fast', aPack().with({ tier: 'fast' }));
    await made.put('general', aPackOf('green'));
    return made;
  }

  async put(name: string, pack: PackBuilder): Promise<void> {
    await rename(await pack.with({ name }).write(), join(this.folder, 'models', name));
  }

  /** A stored picture of one colour. */
  async picture(background: { r: number; g: number; b: number }): Promise<Content> {
    const canvas = { width: 64, height: 48, channels: 3, background } as const;
    const bytes = await sharp({ create: canvas }).png().toBuffer();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const blobKey = blobKeyFor(sha256);
    await this.blobs.put(blobKey, bytes);
    return aContent({ sha256, blobKey, bytes: bytes.length });
  }

  config(databaseUrl: string, env: Record<string, string>): WorkerConfig {
    return readWorkerConfig({
      DATABASE_URL: databaseUrl,
      BLOB_DIR: join(this.folder, 'blobs'),
      MODELS_DIR: join(this.folder, 'models'),
      FAST_PACK: 'fast',
      INFERENCE_THREADS: '1',
      WORKER_PORT: '0',
      ...env,
    });
  }

  async remove(): Promise<void> {
    await this.blobs.close();
    await rm(this.folder, { recursive: true });
  }
}

/** A deep pack that says how much of a picture is of this colour. */
export const aPackOf = (colour: 'red' | 'green' | 'blue'): PackBuilder =>
  aPack().with({ categories: { [`colour/${colour}`]: [colour] }, benign: 'every other label' });
