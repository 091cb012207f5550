import { ok, type PolicyDocument, type Result } from '#libs/domain';
import type { EntityManager } from 'typeorm';
import { type Actor, recordAudit } from '../audit/record-audit.js';
import { PolicyVersionEntity } from './policy-version.entity.js';

/** A version to be. */
export interface Publication {
  name: string;
  document: PolicyDocument;
  /** why, in the publisher's words */
  reason: string;
  /** the version that the publisher believes to hold; null for a policy that has none yet */
  expectedCurrent: number | null;
  /** the version that the document was made from */
  basedOn: number | null;
  act: 'policy.published' | 'policy.rolled_back';
  /** what an auditor needs beside the reason and the versions */
  details?: Record<string, unknown>;
}

/** Somebody else published first: what holds now. */
export interface PublishedMeanwhile {
  code: 'conflict';
  current: PolicyVersionEntity | null;
}

/**
 * Publishers of one policy stand in line until the transaction ends: a version is compared with what holds, and
 * becomes what holds, in one step.
 */
export const lockPolicy = async (transaction: EntityManager, name: string): Promise<void> => {
  await transaction.query(`SELECT pg_advisory_xact_lock(hashtextextended('policy ' || $1, 0))`, [name]);
};

/** policy_version_pkey, backwards. */
export const currentVersion = (
  transaction: EntityManager,
  name: string,
): Promise<PolicyVersionEntity | null> =>
  transaction.getRepository(PolicyVersionEntity).findOne({ where: { name }, order: { version: 'DESC' } });

/** Publishes the next version of a policy and audits it, unless another one than expected holds. */
export const publishVersion = async (
  transaction: EntityManager,
  actor: Actor,
  publication: Publication,
): Promise<Result<PolicyVersionEntity, PublishedMeanwhile>> => {
  const { name, document, reason, expectedCurrent, basedOn, act, details } = publication;
  await lockPolicy(transaction, name);
  const current = await currentVersion(transaction, name);
  if ((current?.version ?? null) !== expectedCurrent) return { ok: false, code: 'conflict', current };
  const versions = transaction.getRepository(PolicyVersionEntity);
  const published = versions.create({
    name,
    version: (current?.version ?? 0) + 1,
    document,
    publishedBy: actor.kind === 'moderator' ? actor.id : null,
    reason,
    basedOn,
  });
  await versions.insert(published);
  await recordAudit(transaction, actor, {
    act,
    subject: { kind: 'policy', id: name },
    details: { version: published.version, replaced: expectedCurrent, basedOn, reason, ...details },
  });
  return ok(published);
};
