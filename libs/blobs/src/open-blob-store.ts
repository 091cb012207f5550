import type { BlobSettings } from './blob-settings.js';
import type { BlobStore } from './blob-store.js';
import { DiskBlobStore } from './disk-blob-store.js';
import { S3BlobStore } from './s3/s3-blob-store.js';

/**
 * The image store that the settings name, once it was written and read.
 *
 * @throws ConfigError naming the variable to look at, where a bucket cannot be used
 * @throws BlobUnavailable where a folder cannot be written
 */
export const openBlobStore = (settings: BlobSettings): Promise<BlobStore> =>
  settings.kind === 's3' ? S3BlobStore.open(settings.s3) : DiskBlobStore.open(settings.folder);
