import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connectDatabase, createModerator, type DataSource, migrate } from '#libs/database';
import { EmbeddedPostgres } from '../../start/postgres/embedded-postgres.js';
import { SupervisedProcess } from '../../start/processes/supervised-process.js';

/** Everybody's, in a measurement. */
export const benchPassword = 'correct horse battery staple';

export interface BenchedModerator {
  id: string;
  email: string;
}

const silent = {
  started: () => undefined,
  ended: () => undefined,
  crashed: () => undefined,
  recovered: () => undefined,
};

/** Rows that one statement makes: more would only grow the transaction. */
const chunk = 250_000;

/**
 * A Postgres of its own, as durable as the one of an installation, and as many undecided cases as wanted: made by SQL,
 * each with its content and its verdict, in four queues, due over a week in no order.
 */
export class CaseStore {
  private made = 0;

  private constructor(
    readonly url: string,
    readonly dataSource: DataSource,
    readonly folder: string,
    private readonly letGo: () => Promise<void>,
  ) {}

  static async prepare(poolSize: number): Promise<CaseStore> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
    const settings = { max_connections: 200, shared_buffers: '256MB', max_wal_size: '4GB', jit: 'off' };
    const postgres = await EmbeddedPostgres.prepare(folder, settings);
    const server = new SupervisedProcess(postgres, silent);
    await server.start();
    const dataSource = await connectDatabase({ url: postgres.url, poolSize });
    await migrate(dataSource);
    return new CaseStore(postgres.url, dataSource, folder, async () => {
      await dataSource.destroy();
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    });
  }

  stop(): Promise<void> {
    return this.letGo();
  }

  /** So many were made in all, then. */
  async growTo(cases: number): Promise<void> {
    while (this.made < cases) {
      const from = this.made;
      const to = Math.min(cases, from + chunk);
      await this.dataSource.transaction(async (transaction) => {
        for (const statement of [contentSql, verdictSql, caseSql])
          await transaction.query(statement, [from, to - 1]);
      });
      this.made = to;
    }
    await this.dataSource.query('VACUUM (ANALYZE) content');
    await this.dataSource.query('VACUUM (ANALYZE) verdict');
    await this.dataSource.query('VACUUM (ANALYZE) moderation_case');
    await this.dataSource.query('CHECKPOINT').catch(() => undefined);
  }

  async moderators(count: number, role: 'moderator' | 'lead' = 'moderator'): Promise<BenchedModerator[]> {
    const made: BenchedModerator[] = [];
    for (let at = 0; at < count; at++) {
      const email = `${role}-${at}@example.org`;
      const account = { email, role, displayName: `${role} ${at}`, password: benchPassword };
      made.push({ id: await createModerator(this.dataSource, account), email });
    }
    return made;
  }
}

/** Ids that order like UUIDv7 and say which row they are. */
const idOf = (kind: string): string =>
  `(lpad(to_hex($1::bigint * 0 + n), 8, '0') || '-0000-7000-8000-${kind}')::uuid`;
const contentId = idOf('00000000000c');
const rows = 'generate_series($1::bigint, $2::bigint) AS n';

const categories = `(ARRAY['sexual/explicit', 'sexual/suggestive', 'goods/firearm', 'spam/qr-code', 'apparel/swimwear'])`;
const categoryOf = `${categories}[1 + (n * 7919) % 5]`;

const contentSql = `
  INSERT INTO content (id, sha256, media_type, width, height, bytes, surface, reference, api_key_id, blob_key,
                       received_at, verdict, tier, policy_name, policy_version)
  SELECT ${contentId}, sha256(int8send(n)), 'image/jpeg', 640, 480, 40000,
         (ARRAY['default', 'avatar', 'listing', 'chat'])[1 + n % 4], 'post-' || n,
         '00000000-0000-7000-8000-00000000000a', NULL, now() - (n % 604800) * interval '1 second', 'review', 'deep',
         'default', 1
  FROM ${rows}`;

const verdictSql = `
  INSERT INTO verdict (content_id, key, tier, verdict, policy_name, policy_version, categories, reasons, models, at)
  SELECT ${contentId}, 'deep:' || n, 'deep', 'review', 'default', 1,
         jsonb_build_object(${categoryOf}, jsonb_build_object('score', 0.6, 'verdict', 'review')),
         jsonb_build_array(jsonb_build_object('kind', 'score', 'category', ${categoryOf}, 'score', 0.6,
                                              'threshold', 0.5, 'verdict', 'review')),
         '[{"name": "nsfw-inception-v3", "version": "1", "tier": "deep"}]', now()
  FROM ${rows}`;

const caseSql = `
  INSERT INTO moderation_case (id, content_id, queue, due_at, created_at)
  SELECT ${idOf('00000000ca5e')}, ${contentId}, (ARRAY['sexual', 'goods', 'spam', 'apparel'])[1 + (n * 7919) % 4],
         now() + ((n * 104729) % 604800) * interval '1 second', now()
  FROM ${rows}`;
