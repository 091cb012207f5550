import { Injectable } from '@nestjs/common';
import { dead, type Delivery, done, type Outcome, retry } from '#libs/events';
import { Metrics, tracedEach } from '#libs/platform';
import { entryOf, type LedgerEvent, type LedgerTopic, mergeByContent } from './ledger-entry.js';
import { LedgerRepository } from './ledger.repository.js';

/** Records what the other tiers say: contents, scores, verdicts; and opens a case for what wants a person. */
@Injectable()
export class LedgerService {
  private readonly opened;

  constructor(
    private readonly repository: LedgerRepository,
    metrics: Metrics,
  ) {
    this.opened = metrics.counter({ name: 'sluice_cases_opened_total', help: 'Cases opened for a person' });
  }

  /** In one transaction; where that fails, one by one, so that an event which cannot be stored stops no other. */
  async record(batch: Delivery<LedgerTopic>[]): Promise<Outcome[]> {
    try {
      await this.write(batch);
      return batch.map(done);
    } catch (error) {
      if (batch.length === 1) return [outcomeOf(error)];
      return this.recordOneByOne(batch);
    }
  }

  private async recordOneByOne(batch: Delivery<LedgerTopic>[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    for (const delivery of batch) {
      outcomes.push(await this.write([delivery]).then(done, outcomeOf));
    }
    return outcomes;
  }

  private write(batch: Delivery<LedgerTopic>[]): Promise<void> {
    return tracedEach(
      'record in the ledger',
      () => batch.map(({ event }) => arrivalOf(event)),
      async (spans) => {
        const entries = mergeByContent(batch.map(({ event }) => entryOf(event)));
        const opened = await this.repository.write(entries);
        this.opened.inc(opened.length);
        spans.forEach((span, at) =>
          span.set({ 'sluice.case.opened': opened.includes(batch[at]!.event.subject) }),
        );
      },
    );
  }
}

const arrivalOf = ({ type, traceparent, data: { content } }: LedgerEvent) => ({
  parent: traceparent,
  kind: 'consumer' as const,
  attributes: {
    'cloudevents.event_type': type,
    'sluice.content.id': content.id,
    'sluice.surface': content.surface,
  },
});

/**
 * SQLSTATE classes 22 (data exception) and 23 (integrity constraint violation) mean that this event can never be
 * stored, for example a NUL in its reference; everything else passes.
 */
const outcomeOf = (error: unknown): Outcome => {
  const { code, message } = error as { code?: unknown; message?: string };
  const reason = `the ledger could not store it: ${message ?? 'unknown'}`;
  return typeof code === 'string' && /^2[23]/.test(code) ? dead(reason) : retry(reason);
};
