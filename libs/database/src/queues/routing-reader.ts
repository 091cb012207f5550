import { type RoutingRules, routingRulesSchema } from '#libs/domain';
import type { EntityManager } from 'typeorm';

/** What decides where cases go, at one moment. */
export interface Routing {
  rules: RoutingRules;
  queues: ReadonlyMap<string, { slaSeconds: number | null; isDisabled: boolean }>;
  /** names of API keys by their ids */
  callers: ReadonlyMap<string, string>;
}

interface Row {
  version: number | null;
  queues: { name: string; slaSeconds: number | null; isDisabled: boolean }[];
  callers: Record<string, string> | null;
}

/** Reads routing within a transaction: rules that were just published hold for the very next case. */
export class RoutingReader {
  /** A version never changes, so it is checked once. */
  private parsed: { version: number | null; rules: RoutingRules } = { version: null, rules: { rules: [] } };

  /**
   * A handful of rows: routing_rules_pkey backwards, all queues, api_key_pkey.
   * @param callerIds API keys whose names rules may ask for
   */
  async read(transaction: EntityManager, callerIds: string[]): Promise<Routing> {
    const [row]: [Row] = await transaction.query(
      `SELECT (SELECT max(version) FROM routing_rules) AS version,
              (SELECT coalesce(jsonb_agg(jsonb_build_object(
                 'name', name, 'slaSeconds', sla_seconds, 'isDisabled', disabled_at IS NOT NULL)), '[]')
               FROM queue) AS queues,
              (SELECT jsonb_object_agg(id, name) FROM api_key WHERE id = ANY ($1::uuid[])) AS callers`,
      [callerIds],
    );
    return {
      rules: await this.rulesOf(transaction, row.version),
      queues: new Map(row.queues.map(({ name, ...queue }) => [name, queue])),
      callers: new Map(Object.entries(row.callers ?? {})),
    };
  }

  private async rulesOf(transaction: EntityManager, version: number | null): Promise<RoutingRules> {
    const known = this.parsed;
    if (version === known.version || version === null) return known.rules;
    const [row]: [{ document: unknown }] = await transaction.query(
      'SELECT document FROM routing_rules WHERE version = $1',
      [version],
    );
    const rules = routingRulesSchema.parse(row.document);
    this.parsed = { version, rules };
    return rules;
  }
}
