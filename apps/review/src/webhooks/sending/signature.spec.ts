import { describe, expect, it } from '@jest/globals';
import { signatureHeader } from './signature.js';

describe('signatureHeader', () => {
  const now = new Date('2026-03-01T12:00:00.999Z');

  it('signs the second and the body with each secret in force', () => {
    // from: printf '1772366400.{"id":"1"}' | openssl dgst -sha256 -hmac whsec_a
    const a = '341155d0898620e659624facd0404770cb126c72d6ba8e00a89186737db7e6cf';
    const b = 'd4f784b72440f1e3d6d321da29aa5bad9abb7efc0c5210e0946af7c47110872c';
    expect(signatureHeader(['whsec_a', 'whsec_b'], '{"id":"1"}', now)).toBe(`t=1772366400,v1=${a},v1=${b}`);
  });

  it('takes the body as UTF-8', () => {
    const header = signatureHeader(['whsec_a'], '{"reference":"naïve 🙂"}', now);
    expect(header).toBe('t=1772366400,v1=4fdfa60d41abab3589e22d1d3f39dac77dd207f6896fda4c207330d353aa7ddf');
  });
});
