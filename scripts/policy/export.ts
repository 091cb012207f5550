import { parseArgs } from 'node:util';
import { z } from 'zod';
import { defaultPolicyName } from '#libs/database';
import { checkedPolicy, policyToYaml } from '#libs/policies';
import { withDatabase } from '../admin/with-database.js';
import { namedVersion } from './named-version.js';

const usage = 'Usage: npm run --silent policy:export -- [--name default] [--version <number>] > policy.yaml';
const optionsSchema = z.object({
  name: z.string().default(defaultPolicyName),
  version: z.coerce.number().int().min(1).optional(),
});

/** npm run policy:export: a version of a policy as YAML on stdout, the one that holds where none is named. */
export const main = async (args: string[]): Promise<number> => {
  const { values } = parseArgs({ args, options: { name: { type: 'string' }, version: { type: 'string' } } });
  const options = optionsSchema.safeParse(values);
  if (!options.success) {
    console.error(`${usage}\n${z.prettifyError(options.error)}`);
    return 1;
  }
  const { name, version } = options.data;
  const found = await withDatabase((dataSource) => namedVersion(dataSource, name, version));
  const why = found.reason === null ? '' : `: ${found.reason}`;
  const caption = `${name}, version ${found.version}, published ${found.publishedAt.toISOString()}${why}`;
  process.stdout.write(policyToYaml(checkedPolicy(found).document, caption));
  return 0;
};
