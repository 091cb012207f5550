import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { Secret, TOTP } from 'otpauth';
import { newTotpSecret, stepOfCode, totpUri } from './totp.js';

/** RFC 6238, appendix B, the rows for SHA-1: the last six of their eight digits. */
const secret = Secret.fromLatin1('12345678901234567890').base32;
const vectors: [seconds: number, code: string][] = [
  [59, '287082'],
  [1_111_111_109, '081804'],
  [1_111_111_111, '050471'],
  [1_234_567_890, '005924'],
  [2_000_000_000, '279037'],
  [20_000_000_000, '353130'],
];

describe('a code by time', () => {
  it.each(vectors)('at %i s is what the standard says', (seconds, code) => {
    expect(stepOfCode(secret, code, seconds * 1000)).toBe(Math.floor(seconds / 30));
  });

  it('counts one step before and after its own, and belongs to the same step then', () => {
    const [seconds, code] = vectors[2]!;
    const step = Math.floor(seconds / 30);
    const at = (steps: number) => stepOfCode(secret, code, (seconds + steps * 30) * 1000);
    expect([-2, -1, 0, 1, 2].map(at)).toEqual([undefined, step, step, step, undefined]);
  });

  it('is accepted from any authenticator that has read the URI', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }), (now) => {
        const own = newTotpSecret();
        const read = Secret.fromBase32(new URL(totpUri(own, 'kim@example.org')).searchParams.get('secret')!);
        const code = new TOTP({ secret: read }).generate({ timestamp: now.getTime() });
        expect(stepOfCode(own, code, now.getTime())).toBe(Math.floor(now.getTime() / 30_000));
      }),
      { numRuns: 25 },
    );
  });

  it('has a secret of 160 bits that nobody else has', () => {
    expect(Secret.fromBase32(newTotpSecret()).bytes).toHaveLength(20);
    expect(newTotpSecret()).not.toBe(newTotpSecret());
  });
});
