import { randomBytes } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { loadConfig } from '../config/load-config.js';
import { z } from 'zod';
import { SecretCipher, SecretUnreadable } from './secret-cipher.js';
import { secretsKeyField } from './secrets-key.js';

const aKey = () => randomBytes(32);

describe('a sealed secret', () => {
  const cipher = new SecretCipher([aKey()]);

  it('is what it was once opened, whatever it was', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (secret, context) => {
        expect(cipher.open(cipher.seal(secret, context), context)).toBe(secret);
      }),
    );
  });

  it('never looks the same twice, nor shows what it hides', () => {
    const [one, another] = [cipher.seal('whsec_abc', 'x'), cipher.seal('whsec_abc', 'x')];
    expect(one.equals(another)).toBe(false);
    expect(one.includes('whsec_abc')).toBe(false);
  });

  it('does not open for something else, nor when a bit of it was changed', () => {
    const sealed = cipher.seal('whsec_abc', 'endpoint 1');
    expect(() => cipher.open(sealed, 'endpoint 2')).toThrow(SecretUnreadable);
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Buffer.from(sealed);
      changed[bit >> 3]! ^= 1 << (bit & 7);
      expect(() => cipher.open(changed, 'endpoint 1')).toThrow(SecretUnreadable);
    }
    expect(() => cipher.open(Buffer.alloc(3), 'endpoint 1')).toThrow(SecretUnreadable);
  });

  it('opens with an older key beside a newer one, which seals', () => {
    const [older, newer] = [aKey(), aKey()];
    const both = new SecretCipher([newer, older]);
    expect(both.open(new SecretCipher([older]).seal('s', 'x'), 'x')).toBe('s');
    expect(new SecretCipher([newer]).open(both.seal('s', 'x'), 'x')).toBe('s');
    expect(() => new SecretCipher([newer]).open(new SecretCipher([older]).seal('s', 'x'), 'x')).toThrow(
      'SECRETS_KEY',
    );
  });

  it('is not made without a key, and the refusal says which setting is missing', () => {
    expect(() => new SecretCipher([]).seal('s', 'x')).toThrow('SECRETS_KEY');
    expect(() => new SecretCipher([Buffer.alloc(16)])).toThrow(RangeError);
  });
});

describe('SECRETS_KEY', () => {
  const read = (value: string | undefined) =>
    loadConfig(z.object({ SECRETS_KEY: secretsKeyField() }), { SECRETS_KEY: value }).SECRETS_KEY;

  it('is one key, several, or none', () => {
    const keys = [aKey(), aKey()];
    expect(read(undefined)).toEqual([]);
    expect(read(keys[0]!.toString('base64'))).toEqual([keys[0]]);
    expect(read(keys.map((key) => key.toString('base64')).join(', '))).toEqual(keys);
  });

  it.each(['short', Buffer.alloc(31).toString('base64'), Buffer.alloc(33).toString('base64')])(
    'is refused as %j',
    (value) => expect(() => read(value)).toThrow('SECRETS_KEY'),
  );
});
