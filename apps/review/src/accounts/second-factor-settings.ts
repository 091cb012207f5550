import { z } from 'zod';
import { type ModeratorRole, moderatorRoles } from '#libs/database';
import { ConfigError } from '#libs/platform';

/** What the environment says about second factors; for a configuration schema. */
export const secondFactorFields = {
  REQUIRE_TOTP_FOR: z
    .string()
    .transform((text) => text.split(',').map((role) => role.trim()))
    .pipe(z.array(z.enum(moderatorRoles)))
    .default([])
    .describe('Roles that must have a second factor beside their password, separated by commas')
    .meta({ example: 'lead,admin' }),
};

export interface SecondFactorSettings {
  requiredFor: ModeratorRole[];
}

/** @throws ConfigError where a second factor is required that nobody could set up */
export const secondFactorSettings = (read: {
  SECRETS_KEY: Buffer[];
  REQUIRE_TOTP_FOR: ModeratorRole[];
}): SecondFactorSettings => {
  if (read.REQUIRE_TOTP_FOR.length > 0 && read.SECRETS_KEY.length === 0)
    throw new ConfigError([{ name: 'SECRETS_KEY', problem: 'is missing, and REQUIRE_TOTP_FOR needs it' }]);
  return { requiredFor: read.REQUIRE_TOTP_FOR };
};
