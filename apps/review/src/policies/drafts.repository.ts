import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, IsNull } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { type Actor, lockPolicy, PolicyDraftEntity, PolicyVersionEntity, recordAudit } from '#libs/database';
import { ok, type Result } from '#libs/domain';

/** More are a sign that nobody clears up. */
export const maxOpenDrafts = 50;

type Author = Extract<Actor, { kind: 'moderator' }>;
export type DraftFields = Pick<PolicyDraftEntity, 'document' | 'title' | 'notes'>;

/** Somebody else changed it first, or it has become a version. */
export interface DraftPassed {
  code: 'draft_passed';
  stored: PolicyDraftEntity;
}
export type DraftFailure = { code: 'not_found' } | DraftPassed;

/** Changes to drafts: each is one transaction with its audit entry. */
@Injectable()
export class DraftsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @param isNewPolicy whether the name must not be taken, by a version or by another draft */
  create(
    author: Author,
    draft: DraftFields & { name: string; basedOn: number | null },
    isNewPolicy: boolean,
  ): Promise<Result<string, { code: 'name_taken' | 'no_policy' | 'too_many' }>> {
    return this.dataSource.transaction(async (transaction) => {
      await lockPolicy(transaction, draft.name);
      const { name, basedOn } = draft;
      const drafts = transaction.getRepository(PolicyDraftEntity);
      const isPublished = await transaction.getRepository(PolicyVersionEntity).existsBy({ name });
      const open = await drafts.countBy({ name, publishedVersion: IsNull() });
      if (isNewPolicy && (isPublished || open > 0)) return { ok: false, code: 'name_taken' };
      if (!isNewPolicy && !isPublished && open === 0) return { ok: false, code: 'no_policy' };
      if (open >= maxOpenDrafts) return { ok: false, code: 'too_many' };
      const id = uuidv7();
      await drafts.insert({
        ...draft,
        document: draft.document as object,
        id,
        createdBy: author.id,
        updatedBy: author.id,
      });
      await recordAudit(transaction, author, {
        act: 'policy_draft.created',
        subject: { kind: 'policy_draft', id },
        details: { policy: name, basedOn },
      });
      return ok(id);
    });
  }

  change(
    author: Author,
    at: { name: string; id: string; revision: number },
    fields: Partial<DraftFields>,
  ): Promise<Result<undefined, DraftFailure>> {
    return this.onDraft(at, async (transaction, stored) => {
      const changed = { ...stored, ...fields, revision: stored.revision + 1 };
      await transaction.query(
        `UPDATE policy_draft SET document = $2, title = $3, notes = $4, revision = $5, updated_by = $6,
                updated_at = now() WHERE id = $1`,
        [
          stored.id,
          JSON.stringify(changed.document),
          changed.title,
          changed.notes,
          changed.revision,
          author.id,
        ],
      );
      await this.audit(transaction, author, 'policy_draft.changed', changed);
    });
  }

  discard(
    author: Author,
    at: { name: string; id: string; revision: number },
  ): Promise<Result<undefined, DraftFailure>> {
    return this.onDraft(at, async (transaction, stored) => {
      await transaction.getRepository(PolicyDraftEntity).delete({ id: stored.id });
      await this.audit(transaction, author, 'policy_draft.discarded', stored);
    });
  }

  private onDraft(
    { name, id, revision }: { name: string; id: string; revision: number },
    work: (transaction: EntityManager, stored: PolicyDraftEntity) => Promise<void>,
  ): Promise<Result<undefined, DraftFailure>> {
    return this.dataSource.transaction(async (transaction) => {
      const stored = await lockedDraft(transaction, name, id);
      if (!stored) return { ok: false, code: 'not_found' };
      if (stored.revision !== revision || stored.publishedVersion !== null)
        return { ok: false, code: 'draft_passed', stored };
      await work(transaction, stored);
      return ok(undefined);
    });
  }

  private audit(
    transaction: EntityManager,
    author: Author,
    act: string,
    { id, name, revision }: PolicyDraftEntity,
  ): Promise<void> {
    return recordAudit(transaction, author, {
      act,
      subject: { kind: 'policy_draft', id },
      details: { policy: name, revision },
    });
  }
}

/** Nobody else changes or publishes it until the transaction ends. */
export const lockedDraft = (
  transaction: EntityManager,
  name: string,
  id: string,
): Promise<PolicyDraftEntity | null> =>
  transaction
    .getRepository(PolicyDraftEntity)
    .findOne({ where: { id, name }, lock: { mode: 'pessimistic_write' } });
