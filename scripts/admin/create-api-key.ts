import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createApiKey } from '#libs/database';
import { apiScopes, apiScopeSchema } from '#libs/domain';
import { withDatabase } from './with-database.js';

const usage = `Usage: npm run apikey:create -- --name <service> [--scope <scope>]... [--rate-limit <requests a minute>]
Scopes: ${apiScopes.join(', ')}. Without any: all that an upload service needs, and nothing that deletes.`;
const optionsSchema = z.object({
  name: z.string().trim().min(1).max(100),
  scope: z.array(apiScopeSchema).min(1).optional(),
  'rate-limit': z.coerce.number().int().min(1).max(10_000_000).optional(),
});

/** npm run apikey:create */
export const main = async (args: string[]): Promise<number> => {
  const { values } = parseArgs({
    args,
    options: {
      name: { type: 'string' },
      scope: { type: 'string', multiple: true },
      'rate-limit': { type: 'string' },
    },
  });
  const options = optionsSchema.safeParse(values);
  if (!options.success) {
    console.error(`${usage}\n${z.prettifyError(options.error)}`);
    return 1;
  }
  const { name, scope, 'rate-limit': requestsPerMinute } = options.data;
  const scopes = scope && [...new Set(scope)];
  const created = await withDatabase((dataSource) =>
    createApiKey(dataSource, { name, scopes, requestsPerMinute }),
  );
  console.log(created.key);
  // On stderr, so that the key alone can be captured: KEY=$(npm run --silent apikey:create -- --name shop)
  console.error(
    `The key of "${name}" for ${created.scopes.join(', ')}, shown only now. To revoke it: npm run apikey:revoke -- ${created.prefix}`,
  );
  return 0;
};
