import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { moderatorRoles } from '#libs/database';
import { apiScopes } from '#libs/domain';
import type { Caller } from './caller.js';
import { mayCall } from './may-call.js';

const person = fc.constantFrom(...moderatorRoles).map((role): Caller => ({
  kind: 'moderator',
  id: 'm',
  email: 'm@example.org',
  displayName: 'M',
  role,
  sessionId: 's',
  duties: [],
}));
const service = fc
  .subarray([...apiScopes])
  .map((scopes): Caller => ({ kind: 'service', id: 's', name: 's', scopes }));
const role = fc.constantFrom(...moderatorRoles);
const scope = fc.constantFrom(...apiScopes);

describe('whom a route lets in', () => {
  it('is every role from the one it names on', () => {
    fc.assert(
      fc.property(role, person, (least, caller) => {
        if (caller.kind !== 'moderator') return;
        const isHighEnough = moderatorRoles.indexOf(caller.role) >= moderatorRoles.indexOf(least);
        expect(mayCall({ role: least }, caller).ok).toBe(isHighEnough);
      }),
    );
  });

  it('is every key that has its scope, whatever else the key may do', () => {
    fc.assert(
      fc.property(scope, service, (needed, caller) => {
        if (caller.kind !== 'service') return;
        expect(mayCall({ scope: needed }, caller).ok).toBe(caller.scopes.includes(needed));
      }),
    );
  });

  it('is no key where it names only a role, and nobody where it names only a scope', () => {
    fc.assert(fc.property(role, service, (least, caller) => !mayCall({ role: least }, caller).ok));
    fc.assert(fc.property(scope, person, (needed, caller) => !mayCall({ scope: needed }, caller).ok));
  });

  it('says which scope is missing', () => {
    const refused = mayCall({ scope: 'content:erase' }, { kind: 'service', id: 's', name: 's', scopes: [] });
    expect(refused).toMatchObject({ code: 'forbidden', detail: expect.stringContaining('content:erase') });
  });

  it('is nobody where it names neither', () => {
    fc.assert(fc.property(fc.oneof(person, service), (caller) => !mayCall({}, caller).ok));
  });
});
