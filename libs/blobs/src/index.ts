export * from './blob-key.js';
export * from './blob-settings.js';
export * from './blob-store.js';
export * from './disk-blob-store.js';
export * from './open-blob-store.js';
export * from './s3/s3-blob-store.js';
export type { S3Settings } from './s3/s3-settings.js';
