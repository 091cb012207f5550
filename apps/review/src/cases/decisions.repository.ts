import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import {
  DecisionEntity,
  lockContentsLike,
  lockPictureOf,
  queueVerdicts,
  renewCurrentVerdicts,
  settleCasesLike,
} from '#libs/database';
import { type HumanVerdict, ok, type Policy, type Result } from '#libs/domain';
import { newId } from '#libs/platform';
import {
  type Bearer,
  type LockedCase,
  lockCase,
  stepUnderLease,
  type StepFailure,
} from './locked-case.queries.js';

export interface Conclusion {
  verdict: HumanVerdict;
  reason: string;
  note: string | null;
}

/** Stores decisions, with all that follows from them, or nothing. */
@Injectable()
export class DecisionsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * In one transaction: the lease is checked under the row's lock, then decision, verdict, known picture, case and
   * current verdict are written, and the cases about the same picture that nobody holds are settled. The same conclusion under the same lease again changes nothing and succeeds: its
   * first answer may have been lost on the way.
   */
  decide(
    caseId: string,
    bearer: Bearer,
    conclusion: Conclusion,
    policy: Policy,
  ): Promise<Result<void, StepFailure>> {
    return this.dataSource.transaction(async (transaction) => {
      await lockPictureOf(transaction, caseId);
      const locked = await lockCase(transaction, caseId);
      if (!locked) return { ok: false, code: 'not_found' };
      const earlier = await transaction.findOneBy(DecisionEntity, { caseId, leaseToken: bearer.token });
      if (earlier)
        return isRepetition(earlier, bearer, conclusion) ? ok(undefined) : { ok: false, code: 'lease_lost' };
      const next = stepUnderLease(locked, bearer, 'decide');
      if (!next.ok) return next;
      const decision: DecisionEntity = {
        id: newId(),
        caseId,
        moderatorId: bearer.holderId,
        leaseToken: bearer.token,
        ...conclusion,
        machineVerdict: await lockContentsLike(transaction, locked.contentId),
        policyName: policy.name,
        policyVersion: policy.version,
        supersedesId: null,
        timeSpentMs: null,
        decidedAt: locked.now,
      };
      await transaction.insert(DecisionEntity, decision);
      await insertVerdict(transaction, locked, decision);
      await rememberPicture(transaction, locked, decision, policy.document.humanAllowDays);
      await transaction.query(
        `UPDATE moderation_case
         SET state = $2, decided_at = $3, lease_token = NULL, lease_holder_id = NULL, lease_expires_at = NULL
         WHERE id = $1`,
        [caseId, next.value, decision.decidedAt],
      );
      const changed = await renewCurrentVerdicts(transaction, [locked.contentId]);
      const settled = await settleCasesLike(transaction, locked.contentId);
      await queueVerdicts(transaction, [...changed, ...settled]);
      return ok(undefined);
    });
  }
}

const isRepetition = (
  earlier: DecisionEntity,
  bearer: Bearer,
  { verdict, reason, note }: Conclusion,
): boolean =>
  earlier.moderatorId === bearer.holderId &&
  earlier.verdict === verdict &&
  earlier.reason === reason &&
  earlier.note === note;

const insertVerdict = (
  transaction: EntityManager,
  { contentId, id: caseId }: LockedCase,
  { id, verdict, policyName, policyVersion, decidedAt }: DecisionEntity,
): Promise<unknown> =>
  transaction.query(
    `INSERT INTO verdict (content_id, key, tier, verdict, policy_name, policy_version, categories, reasons, models, at)
     VALUES ($1, $2, 'human', $3, $4, $5, '{}', $6, '[]', $7)`,
    [
      contentId,
      `human:${id}`,
      verdict,
      policyName,
      policyVersion,
      JSON.stringify([{ kind: 'decision', caseId, distance: 0 }]),
      decidedAt,
    ],
  );

/**
 * What gateways answer for the same picture from now on. The latest decision on a picture holds, and revokes the one
 * before. Two decisions on the same picture, under two cases, take turns by the picture's lock.
 */
const rememberPicture = async (
  transaction: EntityManager,
  { contentId, id: caseId }: LockedCase,
  { id, verdict, policyName, policyVersion, decidedAt }: DecisionEntity,
  allowDays: number,
): Promise<void> => {
  await transaction.query(
    `UPDATE known_content SET revoked_at = $2
     WHERE sha256 = (SELECT sha256 FROM content WHERE id = $1) AND revoked_at IS NULL`,
    [contentId, decidedAt],
  );
  await transaction.query(
    `INSERT INTO known_content (id, sha256, pdq, pdq_quality, verdict, case_id, decision_id, policy_name, policy_version,
                                expires_at)
     SELECT $2, sha256, pdq, pdq_quality, $3, $4, $5, $6, $7,
            CASE WHEN $3 = 'allow' THEN $8::timestamptz + make_interval(days => $9) END
     FROM content WHERE id = $1`,
    [contentId, newId(), verdict, caseId, id, policyName, policyVersion, decidedAt, allowDays],
  );
};
