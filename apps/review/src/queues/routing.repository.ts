import { Injectable } from '@nestjs/common';
import { type Actor, DataSource, recordAudit } from '#libs/database';
import { ok, type Result, type RoutingRules } from '#libs/domain';

/** A version of all rules. */
export interface PublishedRouting {
  version: number;
  rules: RoutingRules['rules'];
  publishedAt: Date;
  publishedBy: { id: string; displayName: string } | null;
}

export type PublishFailure =
  | { code: 'version_passed' }
  /** indices of rules whose queue is disabled, or not there */
  | { code: 'queue_closed'; rules: number[] };

/** Reads and publishes routing rules. */
@Injectable()
export class RoutingRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The latest, or one version; undefined where there is none. routing_rules_pkey. */
  async find(version?: number): Promise<PublishedRouting | undefined> {
    const rows: PublishedRouting[] = await this.dataSource.query(
      `SELECT version, document->'rules' AS rules, published_at AS "publishedAt",
              CASE WHEN moderator.id IS NOT NULL
                THEN jsonb_build_object('id', moderator.id, 'displayName', moderator.display_name) END AS "publishedBy"
       FROM routing_rules LEFT JOIN moderator ON moderator.id = published_by
       WHERE $1::integer IS NULL OR version = $1
       ORDER BY version DESC LIMIT 1`,
      [version ?? null],
    );
    return rows[0];
  }

  /**
   * The version after the expected one, if that is still the latest. Two who publish at once make the same version, and
   * the key lets one of them; the queues' rows are locked, so that none is disabled meanwhile.
   * @param actor a moderator
   */
  publish(
    expectedVersion: number,
    document: RoutingRules,
    actor: Actor & { kind: 'moderator' },
  ): Promise<Result<void, PublishFailure>> {
    return this.dataSource.transaction(async (transaction) => {
      const names = document.rules.map(({ queue }) => queue);
      const enabled: { name: string }[] = await transaction.query(
        'SELECT name FROM queue WHERE name = ANY ($1) AND disabled_at IS NULL ORDER BY name FOR SHARE',
        [names],
      );
      const open = new Set(enabled.map(({ name }) => name));
      const closed = names.flatMap((name, index) => (open.has(name) ? [] : [index]));
      if (closed.length > 0) return { ok: false, code: 'queue_closed', rules: closed };
      const made: unknown[] = await transaction.query(
        `INSERT INTO routing_rules (version, document, published_by)
         SELECT $1::integer + 1, $2, $3
         WHERE $1 = (SELECT coalesce(max(version), 0) FROM routing_rules)
         ON CONFLICT DO NOTHING
         RETURNING version`,
        [expectedVersion, JSON.stringify(document), actor.id],
      );
      if (made.length === 0) return { ok: false, code: 'version_passed' };
      await recordAudit(transaction, actor, {
        act: 'routing.published',
        subject: { kind: 'routing', id: String(expectedVersion + 1) },
        details: { rules: document.rules.length, replaces: expectedVersion },
      });
      return ok(undefined);
    });
  }
}
