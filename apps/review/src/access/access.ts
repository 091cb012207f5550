import { SetMetadata } from '@nestjs/common';
import type { ModeratorRole } from '#libs/database';
import type { ApiScope } from '#libs/domain';

/**
 * Who may call a route: everybody, people from a role on (moderator < senior < lead < admin), services whose API key
 * has a scope, or both of these.
 */
export type AccessRule = 'public' | { role?: ModeratorRole; scope?: ApiScope };

/** Marks a route or a controller; one without it is closed to everybody, and a test names it. */
export const Access = (rule: AccessRule) => SetMetadata(accessRule, rule);
export const accessRule = 'access rule';

/** Marks a route that is open to who still has to choose a password or set up a second factor; no other one is. */
export const BeforeDuties = () => SetMetadata(beforeDuties, true);
export const beforeDuties = 'open before duties are done';
