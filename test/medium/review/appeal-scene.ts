import { randomUUID } from 'node:crypto';
import { type DataSource, WebhookDeliveryEntity, WebhookEndpointEntity } from '#libs/database';
import {
  type Content,
  defaultPolicyDocument,
  type HumanVerdict,
  type Judgement,
  type Policy,
  webhookEventTypes,
} from '#libs/domain';
import { expect } from '@jest/globals';
import { AppealsRepository } from '../../../apps/review/src/appeals/appeals.repository.js';
import { DecisionsRepository } from '../../../apps/review/src/cases/decisions.repository.js';
import { LeasesRepository } from '../../../apps/review/src/cases/leases.repository.js';
import { entryOf } from '../../../apps/review/src/ledger/ledger-entry.js';
import { LedgerRepository } from '../../../apps/review/src/ledger/ledger.repository.js';
import { aCase } from '../../builders/case.builder.js';
import { aContent } from '../../builders/content.builder.js';
import { aFastJudgement, aJudgedEvent } from '../../builders/event.builder.js';

/** The one that the builders' judgements stand on. */
export const policy: Policy = { name: 'default', version: 1, document: defaultPolicyDocument };
const dayMs = 24 * 60 * 60 * 1000;
const slaSeconds = 3600;

/** Blocked contents, people who decide, and a service that appeals. */
export class AppealScene {
  readonly decisions: DecisionsRepository;
  readonly leases: LeasesRepository;
  readonly appeals: AppealsRepository;
  private readonly ledger: LedgerRepository;

  constructor(readonly dataSource: DataSource) {
    this.decisions = new DecisionsRepository(dataSource);
    this.leases = new LeasesRepository(dataSource);
    this.appeals = new AppealsRepository(dataSource);
    this.ledger = new LedgerRepository(dataSource);
  }

  /** A content that a person decided on. */
  async decided(
    by: { id: string },
    facts: Partial<Content> = {},
    verdict: HumanVerdict = 'block',
  ): Promise<{ content: Content; caseId: string }> {
    const held = await aCase().about(facts).leasedBy(by).store(this.dataSource);
    await this.decide({ caseId: held.id, token: held.leaseToken }, by, verdict);
    return { content: held.content, caseId: held.id };
  }

  /** A content that no person has seen. */
  async judged(judgement: Partial<Judgement>, facts: Partial<Content> = {}): Promise<Content> {
    const event = aJudgedEvent();
    const content = aContent(facts);
    const block = aFastJudgement({
      verdict: 'block',
      reasons: [
        { kind: 'score', category: 'sexual/explicit', score: 0.98, threshold: 0.97, verdict: 'block' },
      ],
      ...judgement,
    });
    await this.ledger.write([entryOf({ ...event, data: { content, judgement: block } })]);
    return content;
  }

  /** A content that gateways blocked as known, because of a case on the same picture or one like it. */
  known(caseId: string, facts: Partial<Content>, distance = 0): Promise<Content> {
    return this.judged(
      {
        key: 'known',
        tier: 'known',
        categories: {},
        models: [],
        reasons: [{ kind: 'decision', caseId, distance }],
      },
      facts,
    );
  }

  /** A block so long ago that nobody may appeal it any more. */
  judgedLongAgo(): Promise<Content> {
    const days = defaultPolicyDocument.statements.appealDays;
    return this.judged({ at: new Date(Date.now() - days * dayMs - 1000).toISOString() });
  }

  appeal(contentId: string, reason = 'It is a statue', filedBy: string = randomUUID()) {
    return this.appeals.file(contentId, { reason, reference: null, filedBy }, slaSeconds);
  }

  async appealed(contentId: string): Promise<{ id: string; caseId: string }> {
    const filed = await this.appeal(contentId);
    if (!filed.ok) throw new Error(`not appealed: ${filed.code}`);
    return filed.value.appeal;
  }

  /** Whatever waits that this person may have, one at a time, the most urgent first. */
  async claim(by: { id: string }, queues: string[]): Promise<{ caseId: string; token: string } | undefined> {
    const [row] = await this.leases.claim({
      holderId: by.id,
      stages: ['open', 'appealed'],
      queues,
      count: 1,
      seconds: 600,
    });
    return row && { caseId: row.id, token: row.leaseToken! };
  }

  async decide(
    { caseId, token }: { caseId: string; token: string },
    by: { id: string },
    verdict: HumanVerdict,
    reason = verdict === 'block' ? 'sexual_explicit' : 'not_a_violation',
  ): Promise<void> {
    const conclusion = { verdict, reason, note: null };
    const decided = await this.decisions.decide(caseId, { token, holderId: by.id }, conclusion, policy);
    expect(decided).toMatchObject({ ok: true });
  }

  /** Somebody who wants to know everything. */
  async listen(): Promise<void> {
    await this.dataSource.getRepository(WebhookEndpointEntity).insert({
      id: randomUUID(),
      url: 'https://example.org/',
      eventTypes: [...webhookEventTypes],
      secret: Buffer.from('sealed'),
    });
  }

  /** What was queued for a content, in order. */
  async told(contentId: string): Promise<{ type: string; data: Record<string, unknown> }[]> {
    const rows = await this.dataSource
      .getRepository(WebhookDeliveryEntity)
      .find({ where: { contentId }, order: { sequence: 'ASC' } });
    return rows.map(({ type, data }) => ({ type, data: data }));
  }
}
