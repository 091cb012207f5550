import { describe, expect, it } from '@jest/globals';
import { hashRecoveryCode, newRecoveryCodes } from './recovery-codes.js';

describe('recovery codes', () => {
  it('are ten different ones, in letters and digits that are not taken for each other', () => {
    const codes = newRecoveryCodes();
    expect(new Set(codes).size).toBe(10);
    for (const code of codes) expect(code).toMatch(/^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$/);
  });

  it('are the same however they are typed', () => {
    const hash = hashRecoveryCode('AB01-CDEF-GHJK-MNPQ');
    for (const typed of [
      'ab01cdefghjkmnpq',
      ' AB01 CDEF GHJK MNPQ',
      'ABOI-CDEF-GHJK-MNPQ',
      'abol-cdef-ghjk-mnpq',
    ])
      expect(hashRecoveryCode(typed)).toEqual(hash);
    expect(hashRecoveryCode('AB01-CDEF-GHJK-MNPR')).not.toEqual(hash);
  });
});
