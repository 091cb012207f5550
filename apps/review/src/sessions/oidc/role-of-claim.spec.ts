import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type ModeratorRole, moderatorRoles } from '#libs/database';
import { roleOfClaim } from './role-of-claim.js';

const map = new Map<string, ModeratorRole>([
  ['ts', 'moderator'],
  ['ts-leads', 'lead'],
]);

describe('the role of a claim', () => {
  it('is the highest that one of its values stands for', () => {
    expect(roleOfClaim(['ts', 'everyone', 'ts-leads'], map)).toBe('lead');
    expect(roleOfClaim('ts', map)).toBe('moderator');
    expect(roleOfClaim(['senior', 'moderator'], new Map())).toBe('senior');
  });

  it('is none for a value that nobody mapped, though it is the name of a role', () => {
    expect(roleOfClaim('admin', map)).toBeUndefined();
    expect(roleOfClaim(['admin'], map)).toBeUndefined();
  });

  it('is none for whatever else a provider sends', () => {
    fc.assert(
      fc.property(fc.anything(), (claim) => {
        const names = [claim].flat().filter((value) => moderatorRoles.some((role) => role === value));
        if (names.length === 0) expect(roleOfClaim(claim, new Map())).toBeUndefined();
      }),
    );
  });
});
