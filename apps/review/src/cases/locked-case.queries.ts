import type { EntityManager } from 'typeorm';
import {
  type CaseEvent,
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
  state: CaseState;
  stage: CaseStage;
  lease: Lease | null;
  /** the database's clock, read after the lock was had: all processes judge leases by the same one */
  now: Date;
}

export type StepFailure = { code: 'not_found' | 'lease_lost' };

interface Row extends Omit<LockedCase, 'lease'> {
  token: string | null;
  holderId: string;
  expiresAt: Date;
}

/** moderation_case_pkey. Waits for whoever else holds the row. */
export const lockCase = async (transaction: EntityManager, id: string): Promise<LockedCase | undefined> => {
  const rows: Row[] = await transaction.query(
    // The clock stands outside, so that it is read after the row was locked, not before.
    `WITH locked AS MATERIALIZED (SELECT * FROM moderation_case WHERE id = $1 FOR UPDATE)
     SELECT id, content_id AS "contentId", state, stage, lease_token AS token, lease_holder_id AS "holderId",
            lease_expires_at AS "expiresAt", clock_timestamp() AS now
     FROM locked`,
    [id],
  );
  if (!rows[0]) return undefined;
  const { token, holderId, expiresAt, ...locked } = rows[0];
  return { ...locked, lease: token === null ? null : { token, holderId, expiresAt } };
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
