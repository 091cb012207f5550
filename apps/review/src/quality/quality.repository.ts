import { Injectable } from '@nestjs/common';
import { DataSource } from '#libs/database';
import type { GoldenTally, SecondLookTally } from '#libs/domain';

export interface Period {
  from: Date;
  to: Date;
  queue: string | null;
}

/** Decided appeals against one person's decisions. */
export interface AppealTally {
  moderatorId: string;
  overturned: number;
  decided: number;
}

/** Counts what the report is made of: a row for each combination, however many looks there were. */
@Injectable()
export class QualityRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** quality_look_concluded_idx */
  golden({ from, to, queue }: Period): Promise<GoldenTally[]> {
    return this.dataSource.query(
      `SELECT moderator_id AS "moderatorId", category, expected, verdict, count(*)::integer AS count
       FROM quality_look
       WHERE kind = 'golden' AND concluded_at >= $1 AND concluded_at < $2 AND ($3::text IS NULL OR queue = $3)
       GROUP BY 1, 2, 3, 4`,
      [from, to, queue],
    );
  }

  /** quality_look_concluded_idx */
  secondLooks({ from, to, queue }: Period): Promise<SecondLookTally[]> {
    return this.dataSource.query(
      `SELECT first_moderator_id AS "firstModeratorId", moderator_id AS "moderatorId", category,
              expected AS first, verdict AS second, count(*)::integer AS count
       FROM quality_look
       WHERE kind = 'second' AND concluded_at >= $1 AND concluded_at < $2 AND ($3::text IS NULL OR queue = $3)
       GROUP BY 1, 2, 3, 4, 5`,
      [from, to, queue],
    );
  }

  /**
   * By who made the decision that was appealed; blocks by models and lists alone are nobody's.
   * appeal_state_filed_at_id_idx, decision_case_id_idx.
   */
  appeals({ from, to, queue }: Period): Promise<AppealTally[]> {
    return this.dataSource.query(
      `SELECT appealed.moderator_id AS "moderatorId", count(*)::integer AS decided,
              (count(*) FILTER (WHERE appeal.state = 'overturned'))::integer AS overturned
       FROM appeal
       JOIN moderation_case AS c ON c.id = appeal.case_id
       CROSS JOIN LATERAL (
         SELECT moderator_id FROM decision WHERE case_id = appeal.case_id AND decided_at <= appeal.filed_at
         ORDER BY decided_at DESC, id DESC LIMIT 1) AS appealed
       WHERE appeal.state IN ('upheld', 'overturned') AND filed_at >= $1 AND filed_at < $2
         AND ($3::text IS NULL OR c.queue = $3)
       GROUP BY 1 ORDER BY 2 DESC, 1`,
      [from, to, queue],
    );
  }

  /** moderator_pkey */
  async names(ids: string[]): Promise<Map<string, string>> {
    const rows: { id: string; name: string }[] = await this.dataSource.query(
      'SELECT id, display_name AS name FROM moderator WHERE id = ANY ($1::uuid[])',
      [[...new Set(ids)]],
    );
    return new Map(rows.map(({ id, name }) => [id, name]));
  }
}
