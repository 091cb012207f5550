import type { DataSource, EntityManager } from 'typeorm';

/** deadlock_detected, and serialization_failure: Postgres ended one of several transactions so that the others go on. */
const passing = ['40P01', '40001'];
const mostAttempts = 3;

/**
 * A transaction that is tried again where Postgres ended it for others' sake, so that nobody is told of an error that
 * asking again would mend.
 *
 * @param work is run anew each time, and must do nothing outside the transaction that may not be done twice
 */
export const retriedTransaction = async <Value>(
  dataSource: DataSource,
  work: (transaction: EntityManager) => Promise<Value>,
): Promise<Value> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await dataSource.transaction(work);
    } catch (error) {
      if (attempt === mostAttempts || !passing.includes((error as { code?: string }).code ?? '')) throw error;
    }
  }
};
