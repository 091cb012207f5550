import { Injectable, type OnApplicationBootstrap } from '@nestjs/common';
import { consumers } from '#libs/domain';
import { EventBus, type Subscription } from '#libs/events';
import { LedgerService } from './ledger.service.js';

/** Events written in one transaction at most. */
const batchSize = 100;

/** Brings the events that the review group hears to the ledger. */
@Injectable()
export class LedgerConsumer implements OnApplicationBootstrap {
  private subscriptions: Subscription[] = [];

  constructor(
    private readonly bus: EventBus,
    private readonly ledger: LedgerService,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    this.subscriptions = await Promise.all(
      consumers.review.map((topic) =>
        this.bus.subscribe(topic, 'review', (batch) => this.ledger.record(batch), { batchSize }),
      ),
    );
  }

  /** Resolves once what was fetched is written. */
  async stop(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
  }
}
