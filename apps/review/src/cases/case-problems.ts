import type { Result } from '#libs/domain';
import { Problem } from '#libs/platform';
import type { StepFailure } from './locked-case.queries.js';

/** @throws Problem `not_found` */
export const notFound = (id: string): never => {
  throw new Problem('not_found', `There is no case ${id}.`);
};

/** @throws Problem `not_found`, `lease_lost` */
export const orProblem = <Value>(id: string, result: Result<Value, StepFailure>): Value => {
  if (result.ok) return result.value;
  if (result.code === 'not_found') return notFound(id);
  throw new Problem(
    'lease_lost',
    'Your hold on this case has ended, or was never yours. Nothing was changed; claim again.',
  );
};
