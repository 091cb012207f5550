import { isDeepStrictEqual } from 'node:util';
import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import {
  type Actor,
  currentVersion,
  knownScorers,
  lockPolicy,
  PolicyDraftEntity,
  PolicyVersionEntity,
  type PublishedMeanwhile,
  publishVersion,
} from '#libs/database';
import {
  type Examination,
  examinePolicy,
  type Finding,
  ok,
  policyDocumentSchema,
  type Result,
} from '#libs/domain';
import { effectiveDocument } from '#libs/policies';
import { type DraftPassed, lockedDraft } from './drafts.repository.js';

/** What shall become the next version: a draft, or an older version once more. */
export type Source =
  { kind: 'draft'; id: string; revision?: number | undefined } | { kind: 'version'; version: number };

export interface PublishingRequest {
  name: string;
  source: Source;
  reason: string;
  expectedCurrent: number | null;
}

export type PublishingFailure =
  | { code: 'not_found' }
  | { code: 'invalid'; problems: Finding[] }
  /** it says what holds already */
  | { code: 'unchanged' }
  | DraftPassed
  | PublishedMeanwhile;

/** From a draft or an older version to the version that holds: one transaction, one publisher of a policy at a time. */
@Injectable()
export class PublishingRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** A draft that has become a version already is answered with that version: a repetition changes nothing. */
  publish(actor: Actor, request: PublishingRequest): Promise<Result<number, PublishingFailure>> {
    return this.dataSource.transaction(async (transaction) => {
      const { name, source, reason, expectedCurrent } = request;
      await lockPolicy(transaction, name);
      const found = await this.documentOf(transaction, name, source);
      if (!found.ok) return found;
      const { document: stored, basedOn, publishedVersion } = found.value;
      if (publishedVersion !== null) return ok(publishedVersion);
      const current = await currentVersion(transaction, name);
      if ((current?.version ?? null) !== expectedCurrent) return { ok: false, code: 'conflict', current };
      const { document, problems } = await this.examineAmong(transaction, stored, current);
      if (!document || problems.length > 0) return { ok: false, code: 'invalid', problems };
      if (current && isDeepStrictEqual(document, effectiveDocument(current.document)))
        return { ok: false, code: 'unchanged' };
      const act = source.kind === 'draft' ? 'policy.published' : 'policy.rolled_back';
      const details = source.kind === 'draft' ? { draft: source.id } : {};
      const publication = { name, document, reason, expectedCurrent, basedOn, act, details } as const;
      const published = await publishVersion(transaction, actor, publication);
      if (!published.ok) return published;
      const { version } = published.value;
      if (source.kind === 'draft')
        await transaction
          .getRepository(PolicyDraftEntity)
          .update({ id: source.id }, { publishedVersion: version });
      return ok(version);
    });
  }

  /** What would stand in the way of publishing a document as the next version of a policy. */
  async examine(name: string, document: unknown): Promise<Examination> {
    const { manager } = this.dataSource;
    return this.examineAmong(manager, document, await currentVersion(manager, name));
  }

  private async examineAmong(
    database: EntityManager,
    document: unknown,
    current: PolicyVersionEntity | null,
  ): Promise<Examination> {
    const held = policyDocumentSchema.safeParse(current?.document);
    return examinePolicy(document, { scorers: await knownScorers(database), current: held.data });
  }

  private async documentOf(
    transaction: EntityManager,
    name: string,
    source: Source,
  ): Promise<
    Result<
      { document: unknown; basedOn: number | null; publishedVersion: number | null },
      { code: 'not_found' } | DraftPassed
    >
  > {
    if (source.kind === 'version') {
      const { version } = source;
      const row = await transaction.getRepository(PolicyVersionEntity).findOneBy({ name, version });
      return row
        ? ok({ document: row.document, basedOn: version, publishedVersion: null })
        : { ok: false, code: 'not_found' };
    }
    const stored = await lockedDraft(transaction, name, source.id);
    if (!stored) return { ok: false, code: 'not_found' };
    if (stored.publishedVersion === null && (source.revision ?? stored.revision) !== stored.revision)
      return { ok: false, code: 'draft_passed', stored };
    return ok(stored);
  }
}
