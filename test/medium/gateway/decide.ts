import { randomUUID } from 'node:crypto';
import { DecisionEntity, type DataSource, KnownContentEntity } from '#libs/database';
import type { Content, HumanVerdict, PolicyRef } from '#libs/domain';
import { aCase } from '../../builders/case.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';

/** A person's decision on a picture, as apps/review stores it: the known content is what gateways learn from. */
export const decideOn = async (
  dataSource: DataSource,
  picture: Pick<Content, 'sha256' | 'pdq' | 'pdqQuality'>,
  decision: { verdict: HumanVerdict; policy: PolicyRef; expiresAt?: Date | null },
): Promise<{ caseId: string; revoke: () => Promise<void> }> => {
  const moderator = await aModerator(dataSource);
  const { id: caseId, leaseToken } = await aCase().about(picture).store(dataSource);
  const id = randomUUID();
  const { verdict, policy, expiresAt = null } = decision;
  const given = { verdict, policyName: policy.name, policyVersion: policy.version };
  await dataSource.transaction(async (transaction) => {
    await transaction.insert(DecisionEntity, {
      ...given,
      id,
      caseId,
      moderatorId: moderator.id,
      leaseToken,
      reason: 'test',
      note: null,
      machineVerdict: 'review',
      decidedAt: new Date(),
    });
    await transaction.insert(KnownContentEntity, {
      ...given,
      id,
      sha256: Buffer.from(picture.sha256, 'hex'),
      pdq: picture.pdq === null ? null : Buffer.from(picture.pdq, 'hex'),
      pdqQuality: picture.pdqQuality,
      caseId,
      decisionId: id,
      expiresAt,
    });
  });
  return {
    caseId,
    revoke: async () => {
      await dataSource.getRepository(KnownContentEntity).update({ id }, { revokedAt: new Date() });
    },
  };
};
