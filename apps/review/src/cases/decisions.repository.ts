import { Injectable, Optional } from '@nestjs/common';
import { v5 as uuidv5 } from 'uuid';
import { DataSource, type EntityManager } from 'typeorm';
import { DecisionEntity, lockPictures, retriedTransaction } from '#libs/database';
import { after, type HumanVerdict, ok, type Policy, type Result } from '#libs/domain';
import { newId } from '#libs/platform';
import { LooksService } from '../quality/looks.service.js';
import { type AlikeCase, type Decider, findAlike, lockAlike } from './alike.queries.js';
import { conclude } from './conclude.queries.js';
import type { Likeness } from './decision.dto.js';
import type { Concluded, MadeDecision } from './decision-writes.queries.js';
import {
  type Bearer,
  type LockedCase,
  lockPictureAndCase,
  stepUnderLease,
  type StepFailure,
} from './locked-case.queries.js';
import { undoRefusal, type UndoRefusal } from './undo.js';

export interface Conclusion {
  verdict: HumanVerdict;
  reason: string;
  note: string | null;
  timeSpentMs?: number | null;
}

/** Which other cases a decision is meant for. */
export interface Wider {
  likeness: Likeness;
  /** in which the moderator may decide */
  queues: string[];
}

/** Whose decision is undone, which one, and under which token of their making. */
export interface Undo {
  moderatorId: string;
  decisionId: string;
  token: string;
}

/** Stores decisions, with all that follows from them, or nothing. */
@Injectable()
export class DecisionsRepository {
  /** @param looks without it nobody looks a second time */
  constructor(
    private readonly dataSource: DataSource,
    @Optional() private readonly looks?: LooksService,
  ) {}

  /**
   * In one transaction: the lease is checked under the row's lock, then the decision is stored with what follows from
   * it. The same conclusion under the same lease again changes nothing and succeeds: its first answer may have been lost
   * on the way.
   * @returns the ids of the other cases that were decided with it
   */
  decide(
    caseId: string,
    bearer: Bearer,
    conclusion: Conclusion,
    policy: Policy,
    wider?: Wider,
  ): Promise<Result<string[], StepFailure>> {
    return retriedTransaction(this.dataSource, async (transaction) => {
      const decider = { id: bearer.holderId, queues: wider?.queues ?? [] };
      const alike = wider ? await findAlike(transaction, caseId, wider.likeness, decider) : [];
      const locked = await lockAll(transaction, caseId, alike);
      if (!locked) return { ok: false, code: 'not_found' };
      const next = stepUnderLease(locked, bearer, locked.stage === 'appealed' ? 'conclude' : 'decide');
      if (!next.ok) return repetition(transaction, caseId, bearer, conclusion);
      const decision = decisionOf(locked, bearer, conclusion, policy);
      const others = await decisionsWith(transaction, decision, alike, decider);
      await this.conclude(transaction, [{ case: locked, decision, next: next.value }, ...others], policy);
      return ok(others.map(({ case: { id } }) => id));
    });
  }

  /** The other cases that a decision on this one could conclude too. */
  findAlike(caseId: string, likeness: Likeness, decider: Decider): Promise<AlikeCase[]> {
    return findAlike(this.dataSource, caseId, likeness, decider);
  }

  /**
   * Replaces a person's own last decision on a case by another, which supersedes it. The same again under the same token
   * changes nothing and succeeds.
   */
  undo(
    caseId: string,
    { moderatorId, decisionId, token }: Undo,
    conclusion: Conclusion,
    policy: Policy,
    undoSeconds: number,
  ): Promise<Result<void, { code: 'not_found' } | { code: UndoRefusal }>> {
    return retriedTransaction(this.dataSource, async (transaction) => {
      const locked = await lockPictureAndCase(transaction, caseId);
      if (!locked) return { ok: false, code: 'not_found' };
      // Of the caller's making: it may be that of a lease, under which a decision is yet to come.
      const bearer = { token: uuidv5(decisionId, token), holderId: moderatorId };
      const earlier = await transaction.findOneBy(DecisionEntity, { leaseToken: bearer.token });
      if (earlier) {
        const isSame = earlier.caseId === caseId && isRepetition(earlier, bearer, conclusion);
        return isSame ? ok(undefined) : { ok: false, code: 'token_used' };
      }
      const last = await lastDecisionOn(transaction, caseId);
      const refusal = undoRefusal(locked, last, { decisionId, moderatorId }, undoSeconds);
      if (refusal) return { ok: false, code: refusal };
      const decision = {
        ...decisionOf(locked, bearer, conclusion, policy),
        supersedesId: decisionId,
      };
      await this.conclude(transaction, [{ case: locked, decision, next: after('decided', 'undo') }], policy);
      return ok(undefined);
    });
  }

  private async conclude(
    transaction: EntityManager,
    concluded: [Concluded, ...Concluded[]],
    policy: Policy,
  ): Promise<void> {
    const looks = await conclude(transaction, concluded, policy, this.looks?.secondLookRate ?? 0);
    this.looks?.count(looks);
  }
}

/** Pictures before cases, and those in one order: so two decisions on many pictures do not wait for each other. */
const lockAll = async (
  transaction: EntityManager,
  caseId: string,
  alike: AlikeCase[],
): Promise<LockedCase | undefined> => {
  if (alike.length > 0) {
    const own: { sha256: string }[] = await transaction.query(
      `SELECT encode(sha256, 'hex') AS sha256
       FROM moderation_case JOIN content ON content.id = content_id WHERE moderation_case.id = $1`,
      [caseId],
    );
    await lockPictures(
      transaction,
      [...own, ...alike].map(({ sha256 }) => sha256),
    );
  }
  return lockPictureAndCase(transaction, caseId);
};

const decisionOf = (
  { id: caseId, now }: LockedCase,
  { token, holderId }: Bearer,
  { verdict, reason, note, timeSpentMs = null }: Conclusion,
  policy: Policy,
): MadeDecision => ({
  id: newId(),
  caseId,
  moderatorId: holderId,
  leaseToken: token,
  verdict,
  reason,
  note,
  policyName: policy.name,
  policyVersion: policy.version,
  supersedesId: null,
  madeWithId: null,
  timeSpentMs,
  decidedAt: now,
});

/**
 * The same conclusion on each of the other cases, as if they had been claimed for it. Its token is made of the lease's,
 * so that it is one decision a case here too. The time was spent once.
 */
const decisionsWith = async (
  transaction: EntityManager,
  decision: MadeDecision,
  alike: AlikeCase[],
  decider: Decider,
) => {
  const locked = await lockAlike(
    transaction,
    alike.map(({ id }) => id),
    decider,
  );
  return locked.map((each) => ({
    case: each,
    decision: {
      ...decision,
      id: newId(),
      caseId: each.id,
      leaseToken: uuidv5(each.id, decision.leaseToken),
      madeWithId: decision.id,
      timeSpentMs: null,
    },
    next: after(after('open', 'claim'), 'decide'),
  }));
};

/** What a step without a lease may still be: a request that was answered before. decision_lease_token_key. */
const repetition = async (
  transaction: EntityManager,
  caseId: string,
  bearer: Bearer,
  conclusion: Conclusion,
): Promise<Result<string[], StepFailure>> => {
  const earlier = await transaction.findOneBy(DecisionEntity, { caseId, leaseToken: bearer.token });
  if (!earlier || !isRepetition(earlier, bearer, conclusion)) return { ok: false, code: 'lease_lost' };
  const others = await transaction.find(DecisionEntity, {
    where: { madeWithId: earlier.id },
    order: { caseId: 'ASC' },
  });
  return ok(others.map((other) => other.caseId));
};

const isRepetition = (
  earlier: DecisionEntity,
  bearer: Bearer,
  { verdict, reason, note }: Conclusion,
): boolean =>
  earlier.moderatorId === bearer.holderId &&
  earlier.verdict === verdict &&
  earlier.reason === reason &&
  earlier.note === note;

/** decision_case_id_idx */
const lastDecisionOn = (transaction: EntityManager, caseId: string): Promise<DecisionEntity | null> =>
  transaction.findOne(DecisionEntity, { where: { caseId }, order: { decidedAt: 'DESC', id: 'DESC' } });
