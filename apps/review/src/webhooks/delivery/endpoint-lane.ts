import { Coalesced } from '#libs/database';
import type { Attempt, Sending } from '../sending/webhook-sender.js';
import type { WebhookSettings } from '../webhook-settings.js';
import type { EndpointNow, Finished, Step, TakenDelivery } from './delivery-queue.repository.js';

/** What a lane needs of the rest. */
export interface LaneWork {
  step(endpointId: string, finished: Finished[], settings: WebhookSettings): Promise<Step>;
  putBack(deliveries: TakenDelivery[]): Promise<void>;
  /** rejects only once `signal` is aborted */
  send(
    endpoint: EndpointNow,
    sending: Pick<Sending, 'deliveryId' | 'body'>,
    signal: AbortSignal,
  ): Promise<Attempt>;
  onAttempt(attempt: Attempt): void;
  onTrouble(error: unknown): void;
}

/**
 * One endpoint's deliveries in this process: as many under way as the queue gives, each outcome stored together with what
 * else has ended meanwhile, and whatever is due taken in the same transaction. A slow endpoint fills its own lane only.
 */
export class EndpointLane {
  private finished: Finished[] = [];
  private readonly underWay = new Set<Promise<void>>();
  private readonly untried: TakenDelivery[] = [];
  private readonly stopping = new AbortController();
  private isClosed = false;
  private readonly steps = new Coalesced(
    () => this.step(),
    (error) => this.work.onTrouble(error),
  );

  constructor(
    private readonly endpointId: string,
    private readonly work: LaneWork,
    private readonly settings: WebhookSettings,
  ) {}

  /** Something may be due. */
  wake(): void {
    this.steps.ask();
  }

  /** Outcomes that could not be stored so far: the next `wake` tries again. */
  get hasUnsettled(): boolean {
    return this.finished.length > 0;
  }

  /** Takes nothing more, lets what is under way end within the time, puts the rest back, and stores all outcomes. */
  async close(graceMs: number): Promise<void> {
    this.isClosed = true;
    await this.steps.settled();
    const grace = setTimeout(() => this.stopping.abort(), graceMs);
    await Promise.all(this.underWay);
    clearTimeout(grace);
    this.steps.ask();
    await this.steps.settled();
    if (this.untried.length > 0)
      await this.work.putBack(this.untried).catch((error) => this.work.onTrouble(error));
  }

  private async step(): Promise<void> {
    const finished = this.finished;
    this.finished = [];
    const settings = this.isClosed ? { ...this.settings, concurrency: 0 } : this.settings;
    const { endpoint, taken, again } = await this.work
      .step(this.endpointId, finished, settings)
      .catch((error: unknown) => {
        this.finished.unshift(...finished);
        throw error;
      });
    if (endpoint) for (const delivery of taken) this.begin(endpoint, delivery);
    if (again) this.steps.ask();
  }

  private begin(endpoint: EndpointNow, delivery: TakenDelivery): void {
    const attempt = this.try(endpoint, delivery).finally(() => this.underWay.delete(attempt));
    this.underWay.add(attempt);
  }

  private async try(endpoint: EndpointNow, delivery: TakenDelivery): Promise<void> {
    const sending = { deliveryId: delivery.id, body: JSON.stringify(delivery.body) };
    try {
      const attempt = await this.work.send(endpoint, sending, this.stopping.signal);
      this.work.onAttempt(attempt);
      this.finished.push({ delivery, attempt });
      this.steps.ask();
    } catch {
      this.untried.push(delivery);
    }
  }
}
