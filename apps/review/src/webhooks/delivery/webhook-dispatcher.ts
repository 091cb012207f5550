import { ChangeFeed } from '#libs/database';
import { LOGGER, type Logger, Metrics, SecretCipher } from '#libs/platform';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { CONFIG, type ReviewConfig } from '../../review-config.js';
import { currentSecrets } from '../endpoints/endpoint-secret.js';
import type { Attempt } from '../sending/webhook-sender.js';
import { WebhookSender } from '../sending/webhook-sender.js';
import type { WebhookSettings } from '../webhook-settings.js';
import { DeliveryQueueRepository, type EndpointNow } from './delivery-queue.repository.js';
import { EndpointLane, type LaneWork } from './endpoint-lane.js';

/** How long deliveries under way may take to end when the process stops, in milliseconds. */
const graceMs = 5_000;

const attemptBuckets = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

/**
 * Delivers what is queued. Any number of processes may do so at once. Told of new events by the database, and looking
 * by itself for what is due again.
 */
@Injectable()
export class WebhookDispatcher implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly lanes = new Map<string, EndpointLane>();
  private readonly settings: WebhookSettings;
  private readonly attempts;
  private readonly durations;
  private unsubscribe: (() => Promise<void>) | undefined;

  constructor(
    private readonly queue: DeliveryQueueRepository,
    private readonly sender: WebhookSender,
    private readonly cipher: SecretCipher,
    private readonly feed: ChangeFeed,
    @Inject(CONFIG) config: Pick<ReviewConfig, 'webhooks'>,
    @Inject(LOGGER) private readonly logger: Logger,
    metrics: Metrics,
  ) {
    this.settings = config.webhooks;
    this.attempts = metrics.counter({
      name: 'sluice_webhook_attempts_total',
      help: 'Attempts to deliver webhooks, by outcome: delivered, or what went wrong',
      labelNames: ['outcome'],
    });
    this.durations = metrics.histogram({
      name: 'sluice_webhook_attempt_seconds',
      help: 'How long attempts to deliver webhooks took',
      buckets: attemptBuckets,
    });
  }

  onApplicationBootstrap(): void {
    this.unsubscribe = this.feed.subscribe('webhook', () => this.look(), this.settings.pollMs);
    void this.look().catch((error: unknown) => this.work.onTrouble(error));
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.unsubscribe?.();
    await Promise.all([...this.lanes.values()].map((lane) => lane.close(graceMs)));
    await this.sender.close();
  }

  private async look(): Promise<void> {
    for (const id of await this.queue.dueEndpoints()) this.laneOf(id).wake();
    for (const lane of this.lanes.values()) if (lane.hasUnsettled) lane.wake();
  }

  private laneOf(endpointId: string): EndpointLane {
    const known = this.lanes.get(endpointId);
    if (known) return known;
    const lane = new EndpointLane(endpointId, this.work, this.settings);
    this.lanes.set(endpointId, lane);
    return lane;
  }

  private readonly work: LaneWork = {
    step: (endpointId, finished, settings) => this.queue.step(endpointId, finished, settings),
    putBack: (deliveries) => this.queue.putBack(deliveries),
    send: async (endpoint, sending, signal) => {
      const secrets = this.secretsOf(endpoint);
      if (!secrets) return unreadable;
      return this.sender.send({ ...sending, url: endpoint.url, secrets }, signal);
    },
    onAttempt: ({ error, durationMs }) => {
      this.attempts.inc({ outcome: error ?? 'delivered' });
      this.durations.observe(durationMs / 1000);
    },
    onTrouble: (error) => this.logger.error({ err: error }, 'webhooks wait: the queue cannot be used'),
  };

  /** Nothing is sent unsigned: it waits, as for an endpoint that fails, until the key is there again. */
  private secretsOf(endpoint: EndpointNow): string[] | undefined {
    try {
      return currentSecrets(this.cipher, endpoint);
    } catch (error) {
      this.logger.error({ err: error, endpoint: endpoint.id }, 'a webhook endpoint’s secret cannot be read');
      return undefined;
    }
  }
}

const unreadable: Attempt = { error: 'internal_error', status: null, response: null, durationMs: 0 };
