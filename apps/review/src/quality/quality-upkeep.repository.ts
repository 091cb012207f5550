import { Injectable } from '@nestjs/common';
import { DataSource } from '#libs/database';
import type { CaseState } from '#libs/domain';

/** A golden case that its person does not come to is withdrawn: others' claims pass over it until then. */
const goldenWaitHours = 1;
/** A second look that nobody takes is withdrawn: at that age it tells little about anybody. */
const secondLookWaitDays = 7;
/** Rows in one transaction. */
const batch = 500;

const closed: CaseState = 'closed';

/** quality_look_waiting_idx: looks that nobody has decided, a bounded number for each person and the sampled share of a week. */
const overdue = `
  look.concluded_at IS NULL AND look.withdrawn_at IS NULL AND c.id = look.case_id
  AND look.prepared_at < now() - CASE look.kind WHEN 'golden' THEN interval '${goldenWaitHours} hours'
                                                ELSE interval '${secondLookWaitDays} days' END`;
const isHeld = `c.state = 'leased' AND c.lease_expires_at > now()`;

/** Ends looks that nobody will decide. */
@Injectable()
export class QualityUpkeepRepository {
  constructor(private readonly dataSource: DataSource) {}

  async withdraw(): Promise<void> {
    await this.forgetUnseen();
    await this.close();
    await this.markClosed();
  }

  /** A golden case that was never given out leaves no trace: it may be prepared again, for the same person too. */
  private async forgetUnseen(): Promise<void> {
    await this.dataSource.query(
      `DELETE FROM moderation_case WHERE id IN (
         SELECT c.id FROM quality_look AS look, moderation_case AS c
         WHERE ${overdue} AND look.kind = 'golden' AND c.state = 'open' AND c.leased_at IS NULL
         LIMIT ${batch} FOR UPDATE OF c SKIP LOCKED)`,
    );
  }

  /** Given up by the only person who may have it, or for long. */
  private async close(): Promise<void> {
    await this.dataSource.query(
      `UPDATE moderation_case
       SET state = $1, decided_at = clock_timestamp(), lease_token = NULL, lease_holder_id = NULL, lease_expires_at = NULL
       WHERE id IN (
         SELECT c.id FROM quality_look AS look, moderation_case AS c
         WHERE look.concluded_at IS NULL AND look.withdrawn_at IS NULL AND c.id = look.case_id
           AND c.state NOT IN ('decided', 'closed') AND NOT (${isHeld}) AND (
             (${overdue})
             OR (look.kind = 'golden' AND (c.stage <> 'open' OR EXISTS (
               SELECT FROM case_exclusion WHERE case_id = c.id AND moderator_id = look.reserved_for))))
         LIMIT ${batch} FOR UPDATE OF c SKIP LOCKED)`,
      [closed],
    );
  }

  /** Also those whose picture was erased. */
  private async markClosed(): Promise<void> {
    await this.dataSource.query(
      `UPDATE quality_look SET withdrawn_at = clock_timestamp()
       WHERE case_id IN (
         SELECT look.case_id FROM quality_look AS look JOIN moderation_case AS c ON c.id = look.case_id
         WHERE look.concluded_at IS NULL AND look.withdrawn_at IS NULL AND c.state IN ('decided', 'closed')
         LIMIT ${batch} FOR UPDATE OF look SKIP LOCKED)`,
    );
  }
}
