import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A migration that is undone by the next one, not by running backwards over data that has arrived since. */
export abstract class ForwardOnly implements MigrationInterface {
  abstract up(runner: QueryRunner): Promise<void>;

  down(): Promise<void> {
    return Promise.reject(new Error('Migrations run forward only: write the next one.'));
  }
}
