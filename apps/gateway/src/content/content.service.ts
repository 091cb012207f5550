import { setTimeout as delay } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { Problem, timeOfId } from '#libs/platform';
import { ContentRepository, type StoredContent } from './content.repository.js';
import type { ContentRecord } from './content-record.js';

/** Younger contents may still be on their way to the ledger, which is written from events. */
const freshMs = 10_000;
const longestWaitMs = 1_000;
const lookEveryMs = 50;

/** What became of an upload. */
@Injectable()
export class ContentService {
  constructor(private readonly repository: ContentRepository) {}

  /**
   * The record of a content, for the key that uploaded it. Of one that was answered a moment ago it waits up to a
   * second for the ledger.
   *
   * @throws Problem `not_found`, also for another key's content; `unavailable` when the database is out of reach
   */
  async record(id: string, apiKeyId: string): Promise<ContentRecord> {
    const age = Date.now() - (timeOfId(id) ?? 0);
    const giveUpAt = performance.now() + (age < freshMs ? longestWaitMs : 0);
    for (;;) {
      const stored = await this.find(id, apiKeyId);
      if (stored) return recordOf(stored);
      if (performance.now() >= giveUpAt) throw notFound();
      await delay(lookEveryMs);
    }
  }

  private find(id: string, apiKeyId: string): Promise<StoredContent | undefined> {
    return this.repository.find(id, apiKeyId).catch((error: unknown) => {
      throw new Problem('unavailable', 'The ledger is out of reach; try again shortly.', { cause: error });
    });
  }
}

const notFound = (): Problem =>
  new Problem(
    'not_found',
    'There is no such content of this key, or it was an allow that the ledger did not sample.',
  );

const recordOf = ({ content, verdicts }: StoredContent): ContentRecord => ({
  id: content.id,
  verdict: content.verdict,
  tier: content.tier,
  final: content.final,
  surface: content.surface,
  reference: content.reference,
  policy:
    content.policyName === null || content.policyVersion === null
      ? null
      : { name: content.policyName, version: content.policyVersion },
  content: {
    sha256: content.sha256.toString('hex'),
    mediaType: content.mediaType,
    width: content.width,
    height: content.height,
    bytes: content.bytes,
  },
  receivedAt: content.receivedAt.toISOString(),
  history: verdicts.map(({ tier, verdict, policyName, policyVersion, categories, reasons, models, at }) => ({
    tier,
    verdict,
    policy: { name: policyName, version: policyVersion },
    categories,
    reasons,
    models,
    at: at.toISOString(),
  })),
});
