import type { EventOn } from '#libs/domain';
import { type EventBus, InvalidEvent } from '#libs/events';

type Judged = EventOn<'content.judged'>;

export interface AllowLedgerOptions {
  /** longest time that an event waits for others, in milliseconds */
  maxDelayMs: number;
  /** before the bus is asked again that did not take a batch, in milliseconds: it may refuse in no time */
  retryDelayMs: number;
  /** events published at once */
  batchSize: number;
  /** events kept while the bus is away; beyond that the oldest are dropped */
  capacity: number;
  onDropped: (events: number) => void;
  /** told of an event that can never be published, and is dropped; `onDropped` counts it too */
  onInvalid: (event: Judged, error: InvalidEvent) => void;
  onTrouble: (error: unknown) => void;
}

/**
 * Allowed contents on their way to the ledger, published in batches so that an answer never waits for the bus. The
 * price: a gateway that is killed loses what it collected in the last `maxDelayMs`; those answers were given, but the
 * ledger does not know them. Reviews and blocks never go this way.
 */
export class AllowLedger {
  private waiting: Judged[] = [];
  private timer: NodeJS.Timeout | undefined;
  private flushing: Promise<void> | undefined;
  /** the bus did not take the last batch */
  private isHeldUp = false;
  private isClosed = false;

  constructor(
    private readonly bus: Pick<EventBus, 'publish'>,
    private readonly options: AllowLedgerOptions,
  ) {}

  get size(): number {
    return this.waiting.length;
  }

  add(event: Judged): void {
    this.waiting.push(event);
    this.dropOldest();
    if (this.waiting.length >= this.options.batchSize && !this.isHeldUp) void this.flush();
    else this.flushLater();
  }

  /** Publishes what waits, and stops at the first batch that the bus does not take. Never runs twice at once. */
  flush(): Promise<void> {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.flushing ??= this.publishAll().finally(() => {
      this.flushing = undefined;
      if (this.waiting.length > 0 && !this.isClosed) this.flushLater();
    });
    return this.flushing;
  }

  /** A last try; what the bus does not take now is counted as dropped. */
  async close(): Promise<void> {
    this.isClosed = true;
    await this.flushing;
    await this.flush();
    clearTimeout(this.timer);
    if (this.waiting.length > 0) this.options.onDropped(this.waiting.length);
    this.waiting = [];
  }

  private async publishAll(): Promise<void> {
    while (this.waiting.length > 0 && (await this.publishBatch()));
  }

  private async publishBatch(): Promise<boolean> {
    this.isHeldUp = false;
    const batch = this.waiting.splice(0, this.options.batchSize);
    try {
      await this.bus.publish('content.judged', batch);
      return true;
    } catch (error) {
      if (error instanceof InvalidEvent) return this.publishOneByOne(batch);
      return this.keep(batch, error);
    }
  }

  /** One event that the bus can never take would otherwise hold up its batch, and with it all others, for good. */
  private async publishOneByOne(batch: Judged[]): Promise<boolean> {
    for (const [place, event] of batch.entries()) {
      try {
        await this.bus.publish('content.judged', [event]);
      } catch (error) {
        if (!(error instanceof InvalidEvent)) return this.keep(batch.slice(place), error);
        this.options.onInvalid(event, error);
        this.options.onDropped(1);
      }
    }
    return true;
  }

  /** For a later try. @returns false, since the bus is not to be asked again now */
  private keep(events: Judged[], error: unknown): false {
    this.options.onTrouble(error);
    this.isHeldUp = true;
    this.waiting = [...events, ...this.waiting];
    this.dropOldest();
    return false;
  }

  private dropOldest(): void {
    const excess = this.waiting.length - this.options.capacity;
    if (excess <= 0) return;
    this.waiting.splice(0, excess);
    this.options.onDropped(excess);
  }

  private flushLater(): void {
    const { maxDelayMs, retryDelayMs } = this.options;
    this.timer ??= setTimeout(() => void this.flush(), this.isHeldUp ? retryDelayMs : maxDelayMs).unref();
  }
}
