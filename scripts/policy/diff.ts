import { parseArgs } from 'node:util';
import { z } from 'zod';
import { defaultPolicyName } from '#libs/database';
import { effectiveDocument, policyChanges } from '#libs/policies';
import { withDatabase } from '../admin/with-database.js';
import { changesTable } from './changes-table.js';
import { namedVersion } from './named-version.js';
import { yamlFile } from './yaml-file.js';

const usage = `Usage: npm run policy:diff -- [--name default] --from <version> [--to <version>]
       npm run policy:diff -- [--name default] --file policy.yaml [--from <version>]
What is not named is the version that holds.`;
const version = z.coerce.number().int().min(1).optional();
const optionsSchema = z
  .object({
    name: z.string().default(defaultPolicyName),
    file: z.string().optional(),
    from: version,
    to: version,
  })
  .refine(({ file, from }) => file !== undefined || from !== undefined, 'name a file or a version')
  .refine(({ file, to }) => file === undefined || to === undefined, 'a file is compared with --from');

/** npm run policy:diff: what differs between two versions, or between a version and a file. */
export const main = async (args: string[]): Promise<number> => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args, options: { name: text, file: text, from: text, to: text } });
  const options = optionsSchema.safeParse(values);
  if (!options.success) {
    console.error(`${usage}\n${z.prettifyError(options.error)}`);
    return 1;
  }
  const { name, file, from, to } = options.data;
  const fromFile = file === undefined ? undefined : await yamlFile(file);
  const [one, other] = await withDatabase(async (dataSource) => [
    (await namedVersion(dataSource, name, from)).document,
    file === undefined ? (await namedVersion(dataSource, name, to)).document : fromFile,
  ]);
  console.log(changesTable(policyChanges(effectiveDocument(one), effectiveDocument(other))));
  return 0;
};
