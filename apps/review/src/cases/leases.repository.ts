import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { lockContentsLike, lockPictureOf, queueVerdicts, settleCasesLike } from '#libs/database';
import { after, ok, type Result } from '#libs/domain';
import { type Bearer, lockCase, stepUnderLease, type StepFailure } from './locked-case.queries.js';

export interface ClaimedLease {
  caseId: string;
  token: string;
  expiresAt: Date;
}

/** Leases on cases: taken, prolonged, given back. */
@Injectable()
export class LeasesRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Leases the most urgent case that nobody holds; undefined when there is none. Others who claim at the same moment
   * skip the row that is being taken, so nobody waits and no case is given out twice.
   *
   * Plan: Index Scan on moderation_case_claim_queue_idx, or moderation_case_claim_idx without a queue, which passes
   * over the cases that are held and stops at the first that is free.
   */
  async claim(
    holderId: string,
    queue: string | undefined,
    seconds: number,
  ): Promise<ClaimedLease | undefined> {
    const [rows]: [ClaimedLease[], number] = await this.dataSource.query(
      `WITH next AS MATERIALIZED (
         SELECT id FROM moderation_case
         WHERE state NOT IN ('decided', 'closed') AND (state <> 'leased' OR lease_expires_at <= now())
           ${queue === undefined ? '' : 'AND queue = $5'}
         ORDER BY due_at, id
         LIMIT 1
         FOR UPDATE SKIP LOCKED)
       UPDATE moderation_case AS c
       SET state = $1, lease_token = $2, lease_holder_id = $3, lease_expires_at = now() + make_interval(secs => $4)
       FROM next
       WHERE c.id = next.id
       RETURNING c.id AS "caseId", c.lease_token AS token, c.lease_expires_at AS "expiresAt"`,
      [after('open', 'claim'), randomUUID(), holderId, seconds, ...(queue === undefined ? [] : [queue])],
    );
    return rows[0];
  }

  /** From now on as long as a new lease. */
  renew(caseId: string, bearer: Bearer, seconds: number): Promise<Result<{ expiresAt: Date }, StepFailure>> {
    return this.dataSource.transaction(async (transaction) => {
      const locked = await lockCase(transaction, caseId);
      if (!locked) return { ok: false, code: 'not_found' };
      const next = stepUnderLease(locked, bearer, 'renew');
      if (!next.ok) return next;
      const [rows]: [{ expiresAt: Date }[], number] = await transaction.query(
        `UPDATE moderation_case SET state = $2, lease_expires_at = clock_timestamp() + make_interval(secs => $3)
         WHERE id = $1 RETURNING lease_expires_at AS "expiresAt"`,
        [caseId, next.value, seconds],
      );
      return ok(rows[0]!);
    });
  }

  /** Anybody may claim the case again, unless its picture was decided on under another case: then that settles it. */
  release(caseId: string, bearer: Bearer): Promise<Result<void, StepFailure>> {
    return this.dataSource.transaction(async (transaction) => {
      await lockPictureOf(transaction, caseId);
      const locked = await lockCase(transaction, caseId);
      if (!locked) return { ok: false, code: 'not_found' };
      const next = stepUnderLease(locked, bearer, 'release');
      if (!next.ok) return next;
      await transaction.query(
        `UPDATE moderation_case
         SET state = $2, lease_token = NULL, lease_holder_id = NULL, lease_expires_at = NULL WHERE id = $1`,
        [caseId, next.value],
      );
      await lockContentsLike(transaction, locked.contentId);
      await queueVerdicts(transaction, await settleCasesLike(transaction, locked.contentId));
      return ok(undefined);
    });
  }
}
