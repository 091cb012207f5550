import type { QueryRunner } from 'typeorm';
import { ForwardOnly } from './forward-only.js';

/** What people wrote is found by its age, so that its retention ends even where the caller gave no reference. */
export class WordsByAge1795502400031 extends ForwardOnly {
  override async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE INDEX decision_note_age_idx ON decision (decided_at) WHERE note IS NOT NULL');
    await runner.query('CREATE INDEX case_note_age_idx ON case_note (at)');
    await runner.query('CREATE INDEX appeal_words_age_idx ON appeal (filed_at) WHERE reason IS NOT NULL');
  }
}
