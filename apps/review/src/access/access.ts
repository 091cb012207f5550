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
