import { z } from 'zod';
import { territorialScopeSchema } from './territory.js';

const pageSchema = z
  .url({ protocol: /^https$/, error: 'a page that anybody can open, as https://…' })
  .max(500)
  .nullable();

/** What a policy says to the person whose picture was restricted, beside the ground of its reason codes. */
export const statementRulesSchema = z.strictObject({
  restriction: z
    .enum(['removed', 'disabled'])
    .describe('what the service does with a blocked picture: it is taken away, or kept but shown to nobody'),
  territorialScope: territorialScopeSchema,
  termsUrl: pageSchema.describe('the terms of use that grounds refer to; null: none named'),
  appealDays: z
    .number()
    .int()
    .min(1)
    .max(3650)
    .describe(
      'days within which a block may be appealed: Regulation (EU) 2022/2065, Article 20(1) asks for six months',
    ),
  complaintUrl: pageSchema.describe(
    'where the service takes complaints; null: it tells people by other ways',
  ),
  outOfCourtUrl: pageSchema.describe(
    'a certified body for disputes out of court, or a list of them (Article 21); null: none named',
  ),
});
export type StatementRules = z.infer<typeof statementRulesSchema>;

/** Also of policies that were published before they said so. Six months are 184 days at most. */
export const defaultStatementRules: StatementRules = {
  restriction: 'disabled',
  territorialScope: 'worldwide',
  termsUrl: null,
  appealDays: 184,
  complaintUrl: null,
  outOfCourtUrl: 'https://digital-strategy.ec.europa.eu/en/policies/dsa-out-court-dispute-settlement',
};
