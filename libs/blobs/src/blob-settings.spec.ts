import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { ConfigError, fields, loadConfig } from '#libs/platform';
import { blobFields, type BlobSettings, blobSettings } from './index.js';

const schema = z.object({ DATA_DIR: fields.text('.data'), ...blobFields });
const settingsOf = (env: Record<string, string>): BlobSettings => blobSettings(loadConfig(schema, env));

const errorOf = (env: Record<string, string>): ConfigError => {
  try {
    settingsOf(env);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('expected a ConfigError');
};
const namesAtFault = (env: Record<string, string>): string[] => errorOf(env).problems.map(({ name }) => name);

const keys = { S3_ACCESS_KEY_ID: 'key', S3_SECRET_ACCESS_KEY: 'hunter2' };

describe('The settings of the image store', () => {
  it('are a folder in the data folder, unless another is named', () => {
    expect(settingsOf({})).toEqual({ kind: 'disk', folder: '.data/blobs' });
    expect(settingsOf({ BLOB_DIR: '/pictures' })).toEqual({ kind: 'disk', folder: '/pictures' });
  });

  it('are a bucket as soon as one is named', () => {
    expect(settingsOf({ S3_BUCKET: 'sluice' })).toEqual({
      kind: 's3',
      s3: { bucket: 'sluice', pathStyle: false, timeoutMs: 5000 },
    });
  });

  it('put the bucket into the path of a store with an endpoint, unless told otherwise', () => {
    const store = { S3_BUCKET: 'sluice', S3_ENDPOINT: 'http://127.0.0.1:9000', ...keys };
    expect(settingsOf(store)).toMatchObject({
      s3: {
        endpoint: 'http://127.0.0.1:9000',
        region: 'us-east-1',
        pathStyle: true,
        credentials: { accessKeyId: 'key', secretAccessKey: 'hunter2' },
      },
    });
    expect(settingsOf({ ...store, S3_PATH_STYLE: 'false' })).toMatchObject({ s3: { pathStyle: false } });
  });

  it('name an encryption, and its key where it takes one', () => {
    const bucket = { S3_BUCKET: 'sluice' };
    expect(settingsOf({ ...bucket, S3_SSE: 'aws:kms', S3_SSE_KEY_ID: 'k' })).toMatchObject({
      s3: { encryption: { algorithm: 'aws:kms', keyId: 'k' } },
    });
    expect(namesAtFault({ ...bucket, S3_SSE: 'AES256', S3_SSE_KEY_ID: 'k' })).toEqual(['S3_SSE']);
    expect(namesAtFault({ ...bucket, S3_SSE_KEY_ID: 'k' })).toEqual(['S3_SSE']);
  });

  it('are refused half given, by the name of what is missing', () => {
    expect(namesAtFault({ S3_ENDPOINT: 'http://127.0.0.1:9000' })).toEqual(['S3_BUCKET']);
    expect(namesAtFault({ S3_BUCKET: 'sluice', S3_ACCESS_KEY_ID: 'key' })).toEqual(['S3_SECRET_ACCESS_KEY']);
    expect(namesAtFault({ S3_BUCKET: 'sluice', S3_SECRET_ACCESS_KEY: 'hunter2' })).toEqual([
      'S3_ACCESS_KEY_ID',
    ]);
  });

  it.each(['ftp://store', 'store:9000', 'http://key:hunter2@store:9000'])(
    'take no endpoint like %j, and do not repeat it',
    (endpoint) => {
      const error = errorOf({ S3_BUCKET: 'sluice', S3_ENDPOINT: endpoint });
      expect(error.problems.map(({ name }) => name)).toEqual(['S3_ENDPOINT']);
      expect(error.message).not.toContain(endpoint);
    },
  );
});
