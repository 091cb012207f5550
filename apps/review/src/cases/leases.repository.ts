import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import {
  CaseExclusionEntity,
  type CaseNoteEntity,
  lockContentsLike,
  prepared,
  queueVerdicts,
  recordAudit,
  recordStatements,
  retriedTransaction,
  settleCasesLike,
} from '#libs/database';
import { after, type CaseEvent, type CaseState, ok, type Result, seniorQueue } from '#libs/domain';
import { newId } from '#libs/platform';
import type { CaseViewRow } from './case-view.js';
import { type Claim, claimCases } from './claim.queries.js';
import {
  type Bearer,
  type LockedCase,
  lockPictureAndCase,
  stepUnderLease,
  type StepFailure,
} from './locked-case.queries.js';

/** A case that is held, and the token that says so. */
export interface Held {
  caseId: string;
  token: string;
}

/** Leases on cases: taken, prolonged, given back or on. */
@Injectable()
export class LeasesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Leases the most urgent cases that nobody holds, as many as there are of `count`. Others who claim at the same moment
   * skip the rows that are being taken, so nobody waits and no case is given out twice.
   */
  claim(claim: Claim): Promise<CaseViewRow[]> {
    return claimCases(this.dataSource, claim);
  }

  /** From now on as long as new leases. Rows are locked in one order; moderation_case_pkey. */
  renew(holderId: string, held: Held[], seconds: number): Promise<(Held & { expiresAt: Date })[]> {
    return prepared(
      this.dataSource,
      `WITH held AS MATERIALIZED (
         SELECT id FROM moderation_case JOIN unnest($1::uuid[], $2::uuid[]) AS named (case_id, token) ON id = case_id
         WHERE state = 'leased' AND lease_token = token AND lease_holder_id = $3
         ORDER BY id FOR NO KEY UPDATE OF moderation_case)
       UPDATE moderation_case AS c
       SET state = $4, lease_expires_at = clock_timestamp() + make_interval(secs => $5)
       FROM held WHERE c.id = held.id AND c.lease_expires_at > clock_timestamp()
       RETURNING c.id AS "caseId", c.lease_token AS token, c.lease_expires_at AS "expiresAt"`,
      [
        held.map(({ caseId }) => caseId),
        held.map(({ token }) => token),
        holderId,
        after('leased', 'renew'),
        seconds,
      ],
    );
  }

  /** Anybody may claim the case again, unless its picture was decided on under another case: then that settles it. */
  release(caseId: string, bearer: Bearer): Promise<Result<void, StepFailure>> {
    return this.step(caseId, bearer, 'release', (transaction, locked, next) =>
      giveBack(transaction, locked, next),
    );
  }

  /** Anybody else may. */
  skip(caseId: string, bearer: Bearer, reason: string): Promise<Result<void, StepFailure>> {
    return this.step(caseId, bearer, 'skip', async (transaction, locked, next) => {
      await giveBack(transaction, locked, next);
      await giveOn(transaction, locked, bearer, { kind: 'skipped', text: reason });
    });
  }

  /**
   * Any other senior may. An appeal stays one, since it must not come to somebody who took part before, and only changes
   * its queue.
   */
  escalate(caseId: string, bearer: Bearer, note: string | undefined): Promise<Result<void, StepFailure>> {
    return this.step(caseId, bearer, 'escalate', async (transaction, locked, escalated) => {
      const next = locked.stage === 'appealed' ? locked.stage : escalated;
      await unlease(transaction, locked, { state: next, stage: next, queue: seniorQueue });
      await giveOn(transaction, locked, bearer, { kind: 'escalated', text: note });
    });
  }

  /** One step by the holder, under the locks of the picture and the case. */
  private step(
    caseId: string,
    bearer: Bearer,
    event: CaseEvent,
    take: (transaction: EntityManager, locked: LockedCase, next: CaseState) => Promise<void>,
  ): Promise<Result<void, StepFailure>> {
    return retriedTransaction(this.dataSource, async (transaction) => {
      const locked = await lockPictureAndCase(transaction, caseId);
      if (!locked) return { ok: false, code: 'not_found' };
      const next = stepUnderLease(locked, bearer, event);
      if (!next.ok) return next;
      await take(transaction, locked, next.value);
      return ok(undefined);
    });
  }
}

const unlease = (
  transaction: EntityManager,
  { id }: LockedCase,
  { state, stage, queue }: { state: CaseState; stage: string; queue: string },
): Promise<unknown> =>
  transaction.query(
    `UPDATE moderation_case
     SET state = $2, stage = $3, queue = $4, lease_token = NULL, lease_holder_id = NULL, lease_expires_at = NULL
     WHERE id = $1`,
    [id, state, stage, queue],
  );

/** Back to where it came from; settled at once where its picture was decided on meanwhile. */
const giveBack = async (transaction: EntityManager, locked: LockedCase, next: CaseState): Promise<void> => {
  await unlease(transaction, locked, { ...locked, state: next });
  if (locked.kind !== 'content') return;
  await lockContentsLike(transaction, [locked.contentId]);
  const settled = await settleCasesLike(transaction, [locked.contentId]);
  await recordStatements(
    transaction,
    settled.map(({ contentId }) => contentId),
  );
  await queueVerdicts(transaction, settled);
};

/** On to somebody else: the case does not come back to this person, and what they wrote goes with it. */
const giveOn = async (
  transaction: EntityManager,
  { id: caseId, contentId, queue }: LockedCase,
  { holderId: moderatorId }: Bearer,
  { kind, text }: { kind: CaseNoteEntity['kind']; text: string | undefined },
): Promise<void> => {
  await transaction
    .createQueryBuilder()
    .insert()
    .into(CaseExclusionEntity)
    .values({ caseId, moderatorId, reason: kind })
    .orIgnore()
    .execute();
  if (text !== undefined)
    await transaction.query(
      `INSERT INTO case_note (id, case_id, moderator_id, kind, text, at) VALUES ($1, $2, $3, $4, $5, clock_timestamp())`,
      [newId(), caseId, moderatorId, kind, text],
    );
  await recordAudit(
    transaction,
    { kind: 'moderator', id: moderatorId },
    { act: `case.${kind}`, subject: { kind: 'case', id: caseId }, details: { contentId, queue } },
  );
};
