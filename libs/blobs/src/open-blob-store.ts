import type { BlobSettings } from './blob-settings.js';
import type { BlobStore } from './blob-store.js';
import { DiskBlobStore } from './disk-blob-store.js';
import { S3BlobStore } from './s3/s3-blob-store.js';

/**
 * The image store that the settings name, once it was written and read.
 *
 * @throws ConfigError naming the variable, where a bucket or the right to use it is missing
 * @throws BlobUnavailable when the store is out of reach
 */
export const openBlobStore = (settings: BlobSettings): Promise<BlobStore> =>
  settings.kind === 's3' ? S3BlobStore.open(settings.s3) : DiskBlobStore.open(settings.folder);
