import { Inject, Injectable } from '@nestjs/common';
import type { Result } from '#libs/domain';
import { Metrics, Problem } from '#libs/platform';
import { PolicyBook } from '#libs/policies';
import { CONFIG, type ReviewConfig } from '../review-config.js';
import type {
  CasePage,
  CaseView,
  ClaimedCase,
  DecisionRequest,
  ListQuery,
  RenewedLease,
} from './case.dto.js';
import { CasesRepository } from './cases.repository.js';
import { decodeCursor, encodeCursor } from './cursor.js';
import { DecisionsRepository } from './decisions.repository.js';
import { LeasesRepository } from './leases.repository.js';
import type { StepFailure } from './locked-case.queries.js';

/** What a moderator does with cases. */
@Injectable()
export class CasesService {
  private readonly decided;

  constructor(
    private readonly cases: CasesRepository,
    private readonly leases: LeasesRepository,
    private readonly decisions: DecisionsRepository,
    private readonly policies: PolicyBook,
    @Inject(CONFIG) private readonly config: Pick<ReviewConfig, 'leaseSeconds'>,
    metrics: Metrics,
  ) {
    this.decided = metrics.counter({
      name: 'sluice_decisions_total',
      help: 'Decisions by people',
      labelNames: ['verdict'],
    });
  }

  async page({ state, queue, cursor, limit }: ListQuery): Promise<CasePage> {
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    // One more than asked for tells whether anything follows.
    const found = await this.cases.page({ state, queue }, after, limit + 1);
    const cases = found.slice(0, limit);
    const last = cases.at(-1);
    const isEnd = found.length <= limit || last === undefined;
    return {
      cases,
      nextCursor: isEnd ? null : encodeCursor({ at: new Date(last.decidedAt ?? last.dueAt), id: last.id }),
    };
  }

  /** @throws Problem `not_found` */
  async get(id: string): Promise<CaseView> {
    return (await this.cases.find(id)) ?? notFound(id);
  }

  /** Undefined when nothing waits. */
  async claim(moderatorId: string, queue: string | undefined): Promise<ClaimedCase | undefined> {
    const lease = await this.leases.claim(moderatorId, queue, this.config.leaseSeconds);
    if (!lease) return undefined;
    const { caseId, token, expiresAt } = lease;
    return { case: await this.get(caseId), lease: { token, expiresAt: expiresAt.toISOString() } };
  }

  /** @throws Problem `lease_lost`, `not_found` */
  async renew(id: string, moderatorId: string, token: string): Promise<RenewedLease> {
    const bearer = { token, holderId: moderatorId };
    const { expiresAt } = orProblem(id, await this.leases.renew(id, bearer, this.config.leaseSeconds));
    return { lease: { token, expiresAt: expiresAt.toISOString() } };
  }

  /** @throws Problem `lease_lost`, `not_found` */
  async release(id: string, moderatorId: string, token: string): Promise<void> {
    orProblem(id, await this.leases.release(id, { token, holderId: moderatorId }));
  }

  /** @throws Problem `lease_lost`, `not_found`; then nothing has changed */
  async decide(id: string, moderatorId: string, request: DecisionRequest): Promise<CaseView> {
    const { leaseToken, verdict, reason, note } = request;
    const bearer = { token: leaseToken, holderId: moderatorId };
    const conclusion = { verdict, reason, note: note ?? null };
    orProblem(id, await this.decisions.decide(id, bearer, conclusion, this.policies.current()));
    this.decided.inc({ verdict });
    return this.get(id);
  }
}

const notFound = (id: string): never => {
  throw new Problem('not_found', `There is no case ${id}.`);
};

const orProblem = <Value>(id: string, result: Result<Value, StepFailure>): Value => {
  if (result.ok) return result.value;
  if (result.code === 'not_found') return notFound(id);
  throw new Problem(
    'lease_lost',
    'Your hold on this case has ended, or was never yours. Nothing was changed; claim again.',
  );
};
