import { describe, expect, it } from '@jest/globals';
import { SecretCipher } from '#libs/platform';
import { currentSecrets, newEndpointSecret, sealEndpointSecret } from './endpoint-secret.js';

const cipher = new SecretCipher([Buffer.alloc(32, 1)]);
const lost = new SecretCipher([Buffer.alloc(32, 2)]);
const id = '01990000-0000-7000-8000-000000000000';
const [now, before] = [newEndpointSecret(), newEndpointSecret()];

describe('the secrets that sign', () => {
  it('are the current one, and before its overlap has ended the one until then', () => {
    const secret = sealEndpointSecret(cipher, id, now);
    expect(currentSecrets(cipher, { id, secret, previousSecret: null })).toEqual([now]);
    const previousSecret = sealEndpointSecret(cipher, id, before);
    expect(currentSecrets(cipher, { id, secret, previousSecret })).toEqual([now, before]);
  });

  it('do without one that was sealed with a key that is lost: a rotation helps at once', () => {
    const secret = sealEndpointSecret(cipher, id, now);
    const previousSecret = sealEndpointSecret(lost, id, before);
    expect(currentSecrets(cipher, { id, secret, previousSecret })).toEqual([now]);
  });

  it('are none where the current one cannot be read: nothing is sent under the old one alone', () => {
    const secret = sealEndpointSecret(lost, id, now);
    const previousSecret = sealEndpointSecret(cipher, id, before);
    expect(() => currentSecrets(cipher, { id, secret, previousSecret })).toThrow('SECRETS_KEY');
  });

  it('serve no other endpoint', () => {
    const secret = sealEndpointSecret(cipher, id, now);
    const other = '01990000-0000-7000-8000-000000000001';
    expect(() => currentSecrets(cipher, { id: other, secret, previousSecret: null })).toThrow();
  });
});
