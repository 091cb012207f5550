import { Inject, Injectable } from '@nestjs/common';
import { type HumanVerdict, knownReason, type Policy } from '#libs/domain';
import { LOGGER, type Logger, Metrics, Problem, toProblem } from '#libs/platform';
import { PolicyBook } from '#libs/policies';
import { QueuesService } from '../queues/queues.service.js';
import { CONFIG, type ReviewConfig } from '../review-config.js';
import { notFound, orProblem } from './case-problems.js';
import type { CaseView } from './case.dto.js';
import { CasesService } from './cases.service.js';
import type {
  AlikeCases,
  DecidedCase,
  DecidedMany,
  DecideManyRequest,
  DecisionRequest,
  Likeness,
  UndoRequest,
} from './decision.dto.js';
import { type Conclusion, DecisionsRepository } from './decisions.repository.js';
import { undoRefusals } from './undo.js';
import type { Viewer } from './viewer.js';

type OneOfMany = DecideManyRequest['decisions'][number];
type OutcomeOfMany = DecidedMany['decisions'][number];

/** What people conclude, one case or many at a time. */
@Injectable()
export class DecisionsService {
  private readonly decided;

  constructor(
    private readonly decisions: DecisionsRepository,
    private readonly cases: CasesService,
    private readonly queues: QueuesService,
    private readonly policies: PolicyBook,
    @Inject(CONFIG) private readonly config: Pick<ReviewConfig, 'undoSeconds'>,
    @Inject(LOGGER) private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.decided = metrics.counter({
      name: 'sluice_decisions_total',
      help: 'Decisions by people',
      labelNames: ['verdict'],
    });
  }

  /** @throws Problem `lease_lost`, `not_found`, `invalid_request`; then nothing has changed */
  async decide(id: string, moderator: Viewer, request: DecisionRequest): Promise<DecidedCase> {
    const { leaseToken, verdict, alike: likeness } = request;
    const policy = this.policies.current();
    const bearer = { token: leaseToken, holderId: moderator.id };
    const wider = likeness && { likeness, queues: await this.queues.claimableBy(moderator) };
    const result = await this.decisions.decide(id, bearer, conclusionOf(request, policy), policy, wider);
    const alike = orProblem(id, result);
    this.decided.inc({ verdict }, 1 + alike.length);
    return { ...(await this.cases.get(id, moderator)), ...(wider && { alike }) };
  }

  /** Each in its own transaction, one after the other: one that fails costs no other. */
  async decideMany(moderator: Viewer, { decisions }: DecideManyRequest): Promise<DecidedMany> {
    const outcomes: OutcomeOfMany[] = [];
    for (const decision of decisions) outcomes.push(await this.oneOfMany(moderator, decision));
    return { decisions: outcomes };
  }

  /** @throws Problem `not_found`, `conflict` (with `refusal`), `invalid_request`; then nothing has changed */
  async undo(id: string, moderator: Viewer, request: UndoRequest): Promise<CaseView> {
    const { decisionId, token } = request;
    const undo = { moderatorId: moderator.id, decisionId, token };
    const policy = this.policies.current();
    const conclusion = conclusionOf(request, policy);
    const result = await this.decisions.undo(id, undo, conclusion, policy, this.config.undoSeconds);
    if (!result.ok && result.code === 'not_found') return notFound(id);
    if (!result.ok)
      throw new Problem('conflict', `This decision was not undone. ${undoRefusals[result.code]}`, {
        fields: [
          { path: result.code === 'token_used' ? 'token' : 'decisionId', message: undoRefusals[result.code] },
        ],
        extensions: { refusal: result.code },
      });
    return this.cases.get(id, moderator);
  }

  /** The undecided cases that a decision on this one could conclude too. @throws Problem `not_found` */
  async alike(id: string, moderator: Viewer, likeness: Likeness): Promise<AlikeCases> {
    await this.cases.get(id, moderator);
    const queues = await this.queues.claimableBy(moderator);
    const found = await this.decisions.findAlike(id, likeness, { id: moderator.id, queues });
    return { cases: found.map(({ id: caseId, distance }) => ({ id: caseId, distance })) };
  }

  private async oneOfMany(moderator: Viewer, { caseId, ...request }: OneOfMany): Promise<OutcomeOfMany> {
    try {
      return { caseId, case: await this.decide(caseId, moderator, request), problem: null };
    } catch (error) {
      const { code, detail } = toProblem(error);
      if (code === 'internal_error') this.logger.error({ err: error, caseId }, 'one decision of many failed');
      return { caseId, case: null, problem: { code, detail } };
    }
  }
}

interface RequestedConclusion {
  verdict: HumanVerdict;
  reason: string;
  note?: string | null;
  timeSpentMs?: number;
}

/** @throws Problem `invalid_request` for a reason that the policy does not give for the verdict */
const conclusionOf = (
  { verdict, reason, note = null, timeSpentMs }: RequestedConclusion,
  policy: Policy,
): Conclusion => {
  if (!knownReason(policy, reason, verdict)) {
    const codes = policy.document.reasonCodes.filter(({ verdicts }) => verdicts.includes(verdict));
    const message = `for ${verdict} the policy has: ${codes.map(({ code }) => code).join(', ')}`;
    throw new Problem('invalid_request', `reason: ${message}`, { fields: [{ path: 'reason', message }] });
  }
  return { verdict, reason, note, timeSpentMs };
};
