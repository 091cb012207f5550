import { isDeepStrictEqual, parseArgs } from 'node:util';
import { z } from 'zod';
import {
  type Actor,
  currentVersion,
  type DataSource,
  defaultPolicyName,
  knownScorers,
  ModeratorEntity,
  publishVersion,
} from '#libs/database';
import {
  examinePolicy,
  type Finding,
  plainText,
  type PolicyDocument,
  policyDocumentSchema,
} from '#libs/domain';
import { effectiveDocument, policyChanges } from '#libs/policies';
import { withDatabase } from '../admin/with-database.js';
import { changesTable } from './changes-table.js';
import { yamlFile } from './yaml-file.js';

const usage = `Usage: npm run policy:import -- --file policy.yaml --reason "why" [--name default] [--expected <version>] [--as <e-mail>]
--expected is the version that the file was made from: where another holds, nothing is published.
--as names the lead or admin in whose name it is published; without it, the system's.`;
const optionsSchema = z.object({
  file: z.string().min(1),
  reason: plainText(1000),
  name: z
    .string()
    .regex(/^[a-z][a-z0-9-]{0,63}$/)
    .default(defaultPolicyName),
  expected: z.coerce.number().int().min(1).optional(),
  as: z.email().toLowerCase().optional(),
});
type Options = z.infer<typeof optionsSchema>;

/** npm run policy:import: publishes a YAML file as the next version, where nothing is wrong with it. */
export const main = async (args: string[]): Promise<number> => {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args,
    options: { file: text, reason: text, name: text, expected: text, as: text },
  });
  const options = optionsSchema.safeParse(values);
  if (!options.success) {
    console.error(`${usage}\n${z.prettifyError(options.error)}`);
    return 1;
  }
  const document = await yamlFile(options.data.file);
  return withDatabase((dataSource) => importDocument(dataSource, options.data, document));
};

const importDocument = async (
  dataSource: DataSource,
  { file, name, reason, expected, as }: Options,
  stored: unknown,
): Promise<number> => {
  const actor = await actorNamed(dataSource, as);
  const current = await currentVersion(dataSource.manager, name);
  const held = policyDocumentSchema.safeParse(current?.document).data;
  const scorers = await knownScorers(dataSource);
  const { document, problems, warnings } = examinePolicy(stored, { scorers, current: held });
  if (warnings.length > 0) console.error(`Allowed, but probably not meant:\n${told(warnings)}`);
  if (!document || problems.length > 0) {
    console.error(`${file} cannot be published:\n${told(problems)}`);
    return 1;
  }
  const before = effectiveDocument(current?.document);
  if (isDeepStrictEqual(before, document)) {
    console.error(`${file} says what holds already; nothing was published.`);
    return 1;
  }
  const expectedCurrent = expected ?? current?.version ?? null;
  const published = await publish(dataSource, actor, { name, document, reason, expectedCurrent });
  if (published === undefined) {
    const holds = await currentVersion(dataSource.manager, name);
    console.error(
      `Version ${holds?.version} of ${name} holds, not ${expectedCurrent}: nothing was published.`,
    );
    return 1;
  }
  if (current) console.log(changesTable(policyChanges(before, document)));
  console.log(
    `Version ${published} of ${name} is published. Gateways and workers take it up within a second or two.`,
  );
  return 0;
};

const publish = (
  dataSource: DataSource,
  actor: Actor,
  version: { name: string; document: PolicyDocument; reason: string; expectedCurrent: number | null },
): Promise<number | undefined> =>
  dataSource.transaction(async (transaction) => {
    const published = await publishVersion(transaction, actor, {
      ...version,
      basedOn: version.expectedCurrent,
      act: 'policy.published',
      details: { from: 'file' },
    });
    return published.ok ? published.value.version : undefined;
  });

/** @throws Error where nobody of that address may publish */
const actorNamed = async (dataSource: DataSource, email: string | undefined): Promise<Actor> => {
  if (email === undefined) return { kind: 'system' };
  const found = await dataSource.getRepository(ModeratorEntity).findOneBy({ email });
  if (found && found.disabledAt === null && ['lead', 'admin'].includes(found.role))
    return { kind: 'moderator', id: found.id };
  throw new Error(`${email} is no lead or admin who may sign in; nothing was published.`);
};

const told = (findings: Finding[]): string =>
  findings.map(({ path, message }) => `  ${path || 'the policy'}: ${message}`).join('\n');
