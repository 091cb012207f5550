import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { EventBus, type Subscription } from '#libs/events';
import { CONFIG, type WorkerConfig } from '../worker-config.js';
import { RescoringService } from './rescoring.service.js';

/** Below the process's own limit at shutdown, so that there is time left to close what was opened. */
const stopLimitSeconds = 10;

/** Brings batches of pictures from the bus to the deep tier. */
@Injectable()
export class RescoringConsumer implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private subscriptions: Subscription[] = [];

  constructor(
    private readonly bus: EventBus,
    private readonly rescoring: RescoringService,
    @Inject(CONFIG) private readonly config: Pick<WorkerConfig, 'batch'>,
  ) {}

  async onApplicationBootstrap(): Promise<void> {
    const { size: batchSize, concurrency } = this.config.batch;
    const options = { batchSize, concurrency, stopLimitSeconds };
    const { bus, rescoring } = this;
    this.subscriptions = await Promise.all([
      bus.subscribe('content.flagged', 'worker', (batch) => rescoring.rescore(batch), options),
      bus.subscribe('content.submitted', 'worker', (batch) => rescoring.classify(batch), options),
    ]);
  }

  /** Before models and connections are closed: batches in flight still need them. */
  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.subscriptions.map((subscription) => subscription.stop()));
  }
}
