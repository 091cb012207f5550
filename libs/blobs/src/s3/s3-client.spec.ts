import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { openClient } from './s3-client.js';

afterEach(() => {
  jest.restoreAllMocks();
});

describe('A client for S3', () => {
  it('is made without a word on the console, also on the oldest Node that we run on', () => {
    const warned = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    openClient({ bucket: 'pictures', region: 'eu-central-1', pathStyle: true, timeoutMs: 1_000 }).destroy();
    expect(warned).not.toHaveBeenCalled();
  });

  it('leaves what the operator wants to hear as it is', () => {
    const name = 'AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED';
    jest.replaceProperty(process, 'env', { ...process.env, [name]: 'false' });
    jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    openClient({ bucket: 'pictures', region: 'eu-central-1', pathStyle: true, timeoutMs: 1_000 }).destroy();
    expect(process.env[name]).toBe('false');
  });
});
