import type { DataSource } from '#libs/database';

/**
 * What a claim and a decision are held against: the same number of rows in a table of five columns with one index, a
 * `SELECT … FOR UPDATE SKIP LOCKED LIMIT 1` and an `UPDATE`, and another `UPDATE` for the decision.
 */
export class BareQueue {
  constructor(private readonly dataSource: DataSource) {}

  async growTo(rows: number): Promise<void> {
    await this.dataSource.query(`
      CREATE TABLE IF NOT EXISTS bare_case (
        id bigint PRIMARY KEY, state text NOT NULL DEFAULT 'open', due_at timestamptz NOT NULL, holder uuid,
        expires_at timestamptz)`);
    await this.dataSource.query(
      `CREATE INDEX IF NOT EXISTS bare_case_claim_idx ON bare_case (due_at, id) WHERE state = 'open'`,
    );
    await this.dataSource.query(
      `INSERT INTO bare_case (id, due_at)
       SELECT n, now() + ((n * 104729) % 604800) * interval '1 second'
       FROM generate_series((SELECT coalesce(max(id) + 1, 0) FROM bare_case), $1::bigint - 1) AS n`,
      [rows],
    );
    await this.dataSource.query('VACUUM (ANALYZE) bare_case');
  }

  claim(holderId: string): Promise<string | undefined> {
    return this.dataSource.transaction(async (transaction) => {
      const found: { id: string }[] = await transaction.query(
        `SELECT id FROM bare_case WHERE state = 'open' ORDER BY due_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`,
      );
      if (!found[0]) return undefined;
      await transaction.query(
        `UPDATE bare_case SET state = 'leased', holder = $2, expires_at = now() + interval '10 minutes' WHERE id = $1`,
        [found[0].id, holderId],
      );
      return found[0].id;
    });
  }

  async decide(id: string): Promise<void> {
    await this.dataSource.query(`UPDATE bare_case SET state = 'decided', holder = NULL WHERE id = $1`, [id]);
  }
}
