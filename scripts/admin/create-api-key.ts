import { parseArgs } from 'node:util';
import { z } from 'zod';
import { createApiKey } from '#libs/database';
import { withDatabase } from './with-database.js';

const usage = 'Usage: npm run apikey:create -- --name <service> [--rate-limit <requests a minute>]';
const optionsSchema = z.object({
  name: z.string().trim().min(1).max(100),
  'rate-limit': z.coerce.number().int().min(1).max(10_000_000).optional(),
});

/** npm run apikey:create */
export const main = async (args: string[]): Promise<number> => {
  const { values } = parseArgs({
    args,
    options: { name: { type: 'string' }, 'rate-limit': { type: 'string' } },
  });
  const options = optionsSchema.safeParse(values);
  if (!options.success) {
    console.error(`${usage}\n${z.prettifyError(options.error)}`);
    return 1;
  }
  const { name, 'rate-limit': requestsPerMinute } = options.data;
  const created = await withDatabase((dataSource) => createApiKey(dataSource, { name, requestsPerMinute }));
  console.log(created.key);
  // On stderr, so that the key alone can be captured: KEY=$(npm run --silent apikey:create -- --name shop)
  console.error(
    `The key of "${name}", shown only now. To revoke it: npm run apikey:revoke -- ${created.prefix}`,
  );
  return 0;
};
