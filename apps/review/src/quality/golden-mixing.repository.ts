import { Injectable } from '@nestjs/common';
import { v7 as uuidv7 } from 'uuid';
import { DataSource, topCategoryOf } from '#libs/database';

/**
 * Golden cases that may wait for one person: others' claims pass over them, so they are few, and a person who comes back
 * after a break does not find a row of them.
 */
const waitingAtMost = 3;
/** A golden case takes its times from one of so many that are most urgent, and so comes up among them. */
const headLength = 50;

/** Times as a case has that waits now. */
interface Times {
  createdAt: Date;
  dueAt: Date;
  now: Date;
}

interface Choice extends Times {
  goldenId: string;
}

/**
 * A golden case that this person has not seen, of a queue, and the times of a case near the head of it. Its picture is
 * unseen where it was never put before them, and they neither decided nor gave on any case of it. Asked one by one, in
 * an order of chance, until the first (OFFSET 0 keeps it so).
 * golden_case_queue_idx; for each of these content_pkey, content_sha256_idx, moderation_case_content_idx,
 * moderation_case_looks_idx, case_exclusion_pkey and decision_case_id_idx.
 * For the times moderation_case_claim_idx; for those that wait already quality_look_waiting_idx.
 */
export const chooseGoldenSql = `
  WITH waiting AS MATERIALIZED (
    SELECT count(*) AS count FROM quality_look AS look JOIN moderation_case AS c ON c.id = look.case_id
    WHERE look.reserved_for = $1 AND look.concluded_at IS NULL AND look.withdrawn_at IS NULL AND c.leased_at IS NULL),
  head AS MATERIALIZED (
    SELECT created_at, due_at FROM moderation_case
    WHERE queue = $2 AND state IN ('open', 'escalated', 'appealed') AND kind = 'content' AND stage = 'open'
    ORDER BY due_at, id LIMIT ${headLength}),
  shuffled AS (
    SELECT id, content_id FROM golden_case WHERE retired_at IS NULL AND queue = $2 AND made_by <> $1
    ORDER BY random() OFFSET 0),
  unseen AS MATERIALIZED (
    SELECT shuffled.id FROM shuffled
    CROSS JOIN LATERAL (
      SELECT sha256 FROM content WHERE id = content_id AND blob_key IS NOT NULL AND image_erased_at IS NULL
      OFFSET 0) AS picture
    WHERE NOT EXISTS (
      SELECT FROM content AS same
      CROSS JOIN LATERAL (
        SELECT id, reserved_for, lease_holder_id FROM moderation_case WHERE content_id = same.id AND kind = 'content'
        UNION ALL
        SELECT id, reserved_for, lease_holder_id FROM moderation_case WHERE content_id = same.id AND kind <> 'content'
      ) AS c
      WHERE same.sha256 = picture.sha256 AND (
        c.reserved_for = $1 OR c.lease_holder_id = $1
        OR EXISTS (SELECT FROM case_exclusion WHERE case_id = c.id AND moderator_id = $1)
        OR EXISTS (SELECT FROM decision WHERE case_id = c.id AND moderator_id = $1))
      OFFSET 0)
    LIMIT 1)
  SELECT unseen.id AS "goldenId", times.created_at AS "createdAt", times.due_at AS "dueAt", clock_timestamp() AS now
  FROM unseen
  CROSS JOIN (SELECT * FROM head ORDER BY random() LIMIT 1) AS times
  WHERE (SELECT count FROM waiting) < ${waitingAtMost}`;

/** The unique constraint has the last word: a person is given a golden case once, however many ask at a time. */
const prepareSql = `
  WITH golden AS MATERIALIZED (
    SELECT golden.*, origin.audit_propensity
    FROM golden_case AS golden JOIN moderation_case AS origin ON origin.id = golden.case_id
    WHERE golden.id = $2 AND golden.retired_at IS NULL),
  look AS (
    INSERT INTO quality_look (case_id, kind, golden_id, reserved_for, queue, category, expected)
    SELECT $1, 'golden', id, $3, queue, coalesce(category, ${topCategoryOf('content_id')}), verdict FROM golden
    ON CONFLICT DO NOTHING RETURNING case_id)
  INSERT INTO moderation_case (id, content_id, kind, queue, due_at, audit_propensity, created_at, reserved_for)
  SELECT look.case_id, content_id, 'golden', queue, $4, audit_propensity, $5, $3 FROM golden CROSS JOIN look
  RETURNING id`;

/** Prepares golden cases. */
@Injectable()
export class GoldenMixingRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Puts a golden case into the head of a queue for one person, as a case that nothing tells from those around it: it
   * seems to have come when another one did that waits there, also by its id.
   * @param draw in [0, 1)
   * @returns false where there is none that they have not seen, nothing waits to hide it among, or some wait already
   */
  async prepare(
    { moderatorId, queue }: { moderatorId: string; queue: string },
    draw: number,
  ): Promise<boolean> {
    const [choice]: (Choice | undefined)[] = await this.dataSource.query(chooseGoldenSql, [
      moderatorId,
      queue,
    ]);
    if (!choice) return false;
    const { createdAt, dueAt } = timesBeside(choice, draw);
    const id = uuidv7({ msecs: createdAt.getTime() });
    const values = [id, choice.goldenId, moderatorId, dueAt, createdAt];
    const made: unknown[] = await this.dataSource.query(prepareSql, values);
    return made.length > 0;
  }
}

/** Cases come some seconds apart: not at the very moment of another. Never in the future. */
const apartMs = 20_000;

const timesBeside = ({ createdAt, dueAt, now }: Times, draw: number): Omit<Times, 'now'> => {
  const room = Math.max(0, Math.min(apartMs, now.getTime() - createdAt.getTime()));
  const laterBy = Math.floor(draw * room);
  return {
    createdAt: new Date(createdAt.getTime() + laterBy),
    dueAt: new Date(dueAt.getTime() + laterBy),
  };
};
