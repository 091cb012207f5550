import { defaultPolicyDocument, policyDocumentSchema, type StatedPolicy } from '#libs/domain';
import type { DataSource, EntityManager } from 'typeorm';

export interface PolicyVersion {
  name: string;
  version: number;
}

/** Published versions never change: each is read and checked once for each database. */
const known = new WeakMap<DataSource, Map<string, StatedPolicy>>();

export const keyOf = ({ name, version }: PolicyVersion): string => `${name} ${version}`;

const partsSchema = policyDocumentSchema.pick({ reasonCodes: true, statements: true });

/**
 * What policy versions say in statements, by `keyOf`. A version that was never published (verdicts of an import) says
 * what the default policy does.
 */
export const statedPolicies = async (
  transaction: EntityManager,
  versions: PolicyVersion[],
): Promise<Map<string, StatedPolicy>> => {
  const cache = known.get(transaction.connection) ?? new Map<string, StatedPolicy>();
  known.set(transaction.connection, cache);
  const missing = versions.filter((version) => !cache.has(keyOf(version)));
  if (missing.length > 0) {
    const rows: (PolicyVersion & { document: unknown })[] = await transaction.query(
      `SELECT name, version, document FROM policy_version
       WHERE (name, version) IN (SELECT * FROM unnest($1::text[], $2::integer[]))`,
      [missing.map(({ name }) => name), missing.map(({ version }) => version)],
    );
    for (const row of rows) cache.set(keyOf(row), statedIn(row.document));
  }
  return new Map(
    versions.map((version) => [keyOf(version), cache.get(keyOf(version)) ?? defaultPolicyDocument]),
  );
};

/**
 * Only these two parts: a document that was published under other rules for the rest still says why something was
 * blocked. One that cannot be read (it was not published by this software) must not keep anybody from deciding.
 */
const statedIn = (document: unknown): StatedPolicy => {
  const { reasonCodes, statements } = (document ?? {}) as Record<string, unknown>;
  const read = partsSchema.safeParse({ reasonCodes, statements });
  return read.success ? read.data : defaultPolicyDocument;
};
