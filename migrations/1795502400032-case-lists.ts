import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** Lists of cases are of some queues and some states: however rare these are, a page reads nothing else. */
export class CaseLists1795502400032 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX moderation_case_undecided_idx, moderation_case_decided_idx');
    await runner.query(`
      CREATE INDEX moderation_case_undecided_idx ON moderation_case (queue, state, due_at, id)
      WHERE state NOT IN ('decided', 'closed')`);
    await runner.query(`
      CREATE INDEX moderation_case_decided_idx ON moderation_case (queue, state, decided_at, id)
      WHERE state IN ('decided', 'closed')`);
  }
}
