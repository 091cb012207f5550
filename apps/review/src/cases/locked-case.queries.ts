import type { EntityManager } from 'typeorm';
import { prepared } from '#libs/database';
import {
  type CaseEvent,
  type CaseKind,
  type CaseStage,
  type CaseState,
  type Lease,
  leaseHolds,
  nextState,
  ok,
  type Result,
} from '#libs/domain';

/** Who steps forward, and with which fencing token. */
export interface Bearer {
  token: string;
  holderId: string;
}

/** A case whose row is locked until the transaction ends. */
export interface LockedCase {
  id: string;
  contentId: string;
  kind: CaseKind;
  queue: string;
  state: CaseState;
  stage: CaseStage;
  lease: Lease | null;
  /** the database's clock, read after the lock was had: all processes judge leases by the same one */
  now: Date;
}

export type StepFailure = { code: 'not_found' | 'lease_lost' };

export interface LockedRow extends Omit<LockedCase, 'lease'> {
  token: string | null;
  holderId: string;
  expiresAt: Date;
}

/** Of rows that a materialized part of the statement has locked: so the clock is read after that, not before. */
export const lockedColumns = `
  id, content_id AS "contentId", kind, queue, state, stage, lease_token AS token, lease_holder_id AS "holderId",
  lease_expires_at AS "expiresAt", clock_timestamp() AS now`;

export const lockedOf = ({ token, holderId, expiresAt, ...row }: LockedRow): LockedCase => ({
  ...row,
  lease: token === null ? null : { token, holderId, expiresAt },
});

const lockCaseSql = `
  WITH locked AS MATERIALIZED (SELECT * FROM moderation_case WHERE id = $1 FOR UPDATE)
  SELECT ${lockedColumns} FROM locked`;

/** The row is locked above the join, so after the picture; and as it is then, not as it was when the statement began. */
const lockPictureAndCaseSql = `
  WITH picture AS MATERIALIZED (
    SELECT pg_advisory_xact_lock(hashtextextended(encode(content.sha256, 'hex'), 0))
    FROM moderation_case JOIN content ON content.id = content_id WHERE moderation_case.id = $1),
  locked AS MATERIALIZED (
    SELECT c.* FROM picture CROSS JOIN moderation_case AS c WHERE c.id = $1 FOR UPDATE OF c)
  SELECT ${lockedColumns} FROM locked`;

/** moderation_case_pkey. Waits for whoever else holds the row. */
export const lockCase = (transaction: EntityManager, id: string): Promise<LockedCase | undefined> =>
  locked(transaction, lockCaseSql, id);

/**
 * First the picture, as `lockPictures` does, then the case. What follows from a decision on the picture must be read by
 * later statements: this one may have waited, and sees other rows as they were before.
 */
export const lockPictureAndCase = (transaction: EntityManager, id: string): Promise<LockedCase | undefined> =>
  locked(transaction, lockPictureAndCaseSql, id);

const locked = async (
  transaction: EntityManager,
  text: string,
  id: string,
): Promise<LockedCase | undefined> => {
  const [row] = await prepared<LockedRow>(transaction, text, [id]);
  return row && lockedOf(row);
};

/** The state that the step leads to, if the bearer holds the case and the table of states has this step. */
export const stepUnderLease = (
  locked: LockedCase,
  bearer: Bearer,
  event: CaseEvent,
): Result<CaseState, StepFailure> => {
  const next = nextState(locked.state, event, locked.stage);
  if (next === undefined || !leaseHolds(locked.lease, bearer, locked.now))
    return { ok: false, code: 'lease_lost' };
  return ok(next);
};
