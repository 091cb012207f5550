import { randomUUID } from 'node:crypto';
import {
  ContentEntity,
  type DataSource,
  ModerationCaseEntity,
  renewCurrentVerdicts,
  VerdictEntity,
} from '#libs/database';
import type { CaseKind, CaseStage, Content, Judgement } from '#libs/domain';
import { aContent } from './content.builder.js';
import { aFastJudgement } from './event.builder.js';

/** A case in doubt, with the content and the verdict it stands on. Nothing is stored before `store`. */
export class CaseBuilder {
  private content: Content = aContent();
  private judgement = aFastJudgement();
  private readonly row: ModerationCaseEntity = {
    id: randomUUID(),
    contentId: this.content.id,
    kind: 'content',
    queue: 'sexual',
    state: 'open',
    stage: 'open',
    dueAt: new Date('2026-01-01T00:00:00Z'),
    slaAt: null,
    leaseToken: null,
    leaseHolderId: null,
    leaseExpiresAt: null,
    leasedAt: null,
    reservedFor: null,
    auditPropensity: null,
    createdAt: new Date(),
    decidedAt: null,
  };

  about(facts: Partial<Content>): this {
    this.content = aContent({ ...this.content, ...facts });
    this.row.contentId = this.content.id;
    return this;
  }

  judged(judgement: Judgement): this {
    this.judgement = judgement;
    return this;
  }

  in(queue: string): this {
    this.row.queue = queue;
    return this;
  }

  /** about a picture that was decided before, or whose right answer is known */
  ofKind(kind: CaseKind): this {
    this.row.kind = kind;
    return this;
  }

  waitingAs(stage: CaseStage): this {
    this.row.stage = stage;
    this.row.state = stage;
    return this;
  }

  asAuditSample(propensity = 0.01): this {
    this.row.auditPropensity = propensity;
    return this;
  }

  dueAt(instant: string): this {
    this.row.dueAt = new Date(instant);
    return this;
  }

  leasedBy(moderator: { id: string }, { seconds = 600 } = {}): this {
    this.row.state = 'leased';
    this.row.leaseHolderId = moderator.id;
    this.row.leaseToken = randomUUID();
    this.row.leaseExpiresAt = new Date(Date.now() + seconds * 1000);
    return this;
  }

  withExpiredLeaseOf(moderator: { id: string }): this {
    return this.leasedBy(moderator, { seconds: -1 });
  }

  async store(dataSource: DataSource): Promise<StoredCase> {
    const { content, row, judgement } = this;
    await dataSource.transaction(async (transaction) => {
      await transaction.insert(ContentEntity, {
        ...content,
        sha256: Buffer.from(content.sha256, 'hex'),
        pdq: content.pdq === null ? null : Buffer.from(content.pdq, 'hex'),
        receivedAt: new Date(content.receivedAt),
      });
      await transaction.insert(VerdictEntity, {
        contentId: content.id,
        key: judgement.key,
        tier: judgement.tier,
        verdict: judgement.verdict,
        policyName: judgement.policy.name,
        policyVersion: judgement.policy.version,
        categories: judgement.categories as never,
        reasons: judgement.reasons,
        models: judgement.models,
        at: new Date(judgement.at),
      });
      await transaction.insert(ModerationCaseEntity, row);
      await renewCurrentVerdicts(transaction, [content.id]);
    });
    return { id: row.id, content, leaseToken: row.leaseToken ?? randomUUID() };
  }
}

export interface StoredCase {
  id: string;
  content: Content;
  /** that of its lease; one that nobody was given where it has none */
  leaseToken: string;
}

export const aCase = (): CaseBuilder => new CaseBuilder();
