import { Controller } from '@nestjs/common';
import { consumers } from '#libs/domain';
import { type Delivery, OnEvents, type Outcome } from '#libs/events';
import type { LedgerTopic } from './ledger-entry.js';
import { LedgerService } from './ledger.service.js';

/** Brings the events that the review group hears to the ledger. */
@Controller()
export class LedgerConsumer {
  constructor(private readonly ledger: LedgerService) {}

  @OnEvents(...consumers.review)
  record(batch: Delivery<LedgerTopic>[]): Promise<Outcome[]> {
    return this.ledger.record(batch);
  }
}
