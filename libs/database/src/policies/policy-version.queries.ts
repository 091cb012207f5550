import { defaultPolicyDocument, type PolicyDocument } from '#libs/domain';
import type { DataSource } from 'typeorm';
import { PolicyVersionEntity } from './policy-version.entity.js';

/** The name of the policy that judges every upload. */
export const defaultPolicyName = 'default';

/** Publishes version 1 of the default policy where there is no version yet; otherwise changes nothing. */
export const publishDefaultPolicy = async (dataSource: DataSource): Promise<void> => {
  await dataSource.query(
    `INSERT INTO policy_version (name, version, document)
     SELECT $1, 1, $2 WHERE NOT EXISTS (SELECT FROM policy_version WHERE name = $1)
     ON CONFLICT DO NOTHING`,
    [defaultPolicyName, JSON.stringify(defaultPolicyDocument)],
  );
};

/** Publishes the next version of a policy. Gateways judge by it once their change feed tells them: about a second. */
export const publishPolicy = async (
  dataSource: DataSource,
  name: string,
  document: PolicyDocument,
): Promise<number> => {
  const rows: { version: number }[] = await dataSource.query(
    `INSERT INTO policy_version (name, version, document)
     SELECT $1, coalesce(max(version), 0) + 1, $2 FROM policy_version WHERE name = $1
     RETURNING version`,
    [name, JSON.stringify(document)],
  );
  return rows[0]!.version;
};

/** The latest version of each policy. The document is as stored: whoever uses it checks it. */
export const currentPolicyVersions = (
  dataSource: DataSource,
): Promise<Pick<PolicyVersionEntity, 'name' | 'version' | 'document'>[]> =>
  // By the primary key, backwards: few policies, few versions.
  dataSource.query(
    `SELECT DISTINCT ON (name) name, version, document FROM policy_version ORDER BY name, version DESC`,
  );
