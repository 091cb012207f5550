import { Controller } from '@nestjs/common';
import { type Delivery, OnEvents, type Outcome } from '#libs/events';
import { RescoringService } from './rescoring.service.js';

/** Brings batches of pictures from the bus to the deep tier. */
@Controller()
export class RescoringConsumer {
  constructor(private readonly rescoring: RescoringService) {}

  @OnEvents('content.flagged')
  rescore(batch: Delivery<'content.flagged'>[]): Promise<Outcome[]> {
    return this.rescoring.rescore(batch);
  }

  @OnEvents('content.submitted')
  classify(batch: Delivery<'content.submitted'>[]): Promise<Outcome[]> {
    return this.rescoring.classify(batch);
  }
}
