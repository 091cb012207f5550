import { describe, expect, it } from '@jest/globals';
import { hashApiKey, newApiKey, parseApiKey } from './api-key-secret.js';

describe('an API key', () => {
  it('carries its prefix in the open', () => {
    const { key, prefix } = newApiKey();
    expect(parseApiKey(key)).toEqual({ prefix });
  });

  it.each([
    '',
    'slc_',
    'slc_0123abcd_short',
    'SLC_0123abcd_'.padEnd(56, 'a'),
    `${newApiKey().key}a`,
    ` ${newApiKey().key}`,
  ])('is not recognised in %j', (text) => {
    expect(parseApiKey(text)).toBeUndefined();
  });

  it('has a hash that changes with every character', () => {
    const { key } = newApiKey();
    const other = key.slice(0, -1) + (key.endsWith('A') ? 'B' : 'A');
    expect(hashApiKey(key)).toHaveLength(32);
    expect(hashApiKey(other).equals(hashApiKey(key))).toBe(false);
  });

  it('is never made twice', () => {
    expect(new Set(Array.from({ length: 100 }, () => newApiKey().key)).size).toBe(100);
  });
});
