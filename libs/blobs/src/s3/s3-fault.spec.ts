import { describe, expect, it } from '@jest/globals';
import { DeadlineExceeded, withinDeadline } from './deadline.js';
import { faultOf, settingAtFault } from './s3-fault.js';
import type { S3Settings } from './s3-settings.js';

const settings: S3Settings = {
  bucket: 'sluice',
  endpoint: 'http://127.0.0.1:9000',
  credentials: { accessKeyId: 'the-key-id', secretAccessKey: 'hunter2' },
  pathStyle: true,
  encryption: { algorithm: 'aws:kms' },
  timeoutMs: 1000,
};

/** As the SDK throws it. */
const refused = (name: string, httpStatusCode: number): Error =>
  Object.assign(new Error('in the words of the store'), { name, $metadata: { httpStatusCode } });

describe('A start that failed', () => {
  it.each<[variable: string, error: unknown]>([
    ['S3_BUCKET', refused('NoSuchBucket', 404)],
    ['S3_ACCESS_KEY_ID', refused('InvalidAccessKeyId', 403)],
    ['S3_ACCESS_KEY_ID', refused('AccessDenied', 403)],
    ['S3_SECRET_ACCESS_KEY', refused('SignatureDoesNotMatch', 403)],
    ['S3_REGION', refused('PermanentRedirect', 301)],
    ['S3_REGION', refused('AuthorizationHeaderMalformed', 400)],
    ['S3_REGION', new Error('Region is missing')],
    ['S3_SSE', refused('KMS.NotFoundException', 400)],
    ['S3_ENDPOINT', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
    ['S3_ENDPOINT', new DeadlineExceeded(1000)],
    ['S3_ENDPOINT', undefined],
  ])('names %s for %s', (variable, error) => {
    expect(settingAtFault(faultOf(error, settings), settings).name).toBe(variable);
  });
});

describe('A fault of the store', () => {
  it('keeps its code, its status and its words, and nothing that signed the request', () => {
    const error = Object.assign(refused('Odd', 400), {
      message: 'the-key-id may not use hunter2',
      $response: { headers: { authorization: 'AWS4-HMAC-SHA256 Credential=the-key-id' } },
    });
    const fault = faultOf(error, settings);
    expect(fault.message).toBe('Odd (400): … may not use …');
    expect(`${JSON.stringify(fault)}${fault.stack}`).not.toMatch(/hunter2|the-key-id|AWS4/);
  });
});

describe('A deadline', () => {
  it('ends also what does not heed its signal', async () => {
    await expect(withinDeadline(1, () => new Promise(() => undefined))).rejects.toThrow(DeadlineExceeded);
  });

  it('tells whoever listens to its signal', async () => {
    const heard = new Promise<unknown>((resolve) => {
      withinDeadline(1, (signal) => {
        signal.addEventListener('abort', () => resolve(signal.reason));
        return new Promise(() => undefined);
      }).catch(() => undefined);
    });
    expect(await heard).toBeInstanceOf(DeadlineExceeded);
  });
});
