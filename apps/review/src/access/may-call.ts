import { type ModeratorRole, moderatorRoles } from '#libs/database';
import { ok, type Result } from '#libs/domain';
import type { AccessRule } from './access.js';
import type { Caller } from './caller.js';

interface Refusal {
  code: 'forbidden';
  /** what the caller lacks, in words for the caller */
  detail: string;
}

/** Whether a rule lets a caller in. */
export const mayCall = (
  { role, scope }: Exclude<AccessRule, 'public'>,
  caller: Caller,
): Result<undefined, Refusal> => {
  if (caller.kind === 'service') {
    if (scope === undefined) return refused('This is for people who are signed in, not for API keys.');
    return caller.scopes.includes(scope)
      ? ok(undefined)
      : refused(`This API key lacks the scope ${scope}; an admin can make one that has it.`);
  }
  if (role === undefined) return refused(`This is for services: send an API key with the scope ${scope}.`);
  return rankOf(caller.role) >= rankOf(role)
    ? ok(undefined)
    : refused(`This needs the role ${role}; yours is ${caller.role}.`);
};

const rankOf = (role: ModeratorRole): number => moderatorRoles.indexOf(role);
const refused = (detail: string): { ok: false } & Refusal => ({ ok: false, code: 'forbidden', detail });
