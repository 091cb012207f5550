import { Inject, Injectable } from '@nestjs/common';
import { BlobStore, blobKeyFor } from '#libs/blobs';
import type { Content, EventOn, Judgement } from '#libs/domain';
import { EventBus } from '#libs/events';
import { LOGGER, type Logger } from '#libs/platform';
import { CONFIG, type GatewayConfig } from '../gateway-config.js';
import { MetricsService } from '../metrics/metrics.service.js';
import type { Upload } from '../upload/upload.service.js';
import { AllowLedger } from './allow-ledger.js';
import { contentEvent } from './content-event.js';

/** At 100 uploads a second: a fifth of a second of them may be lost in a crash, a minute and a half of an outage kept. */
const ledger = { maxDelayMs: 200, retryDelayMs: 1_000, batchSize: 100, capacity: 10_000 };

/**
 * Step 7 of an upload. What somebody still has to act on (a flag, a block, a submission) is durable before the caller
 * has its answer; if that fails the request fails, and is never silently allowed.
 */
@Injectable()
export class RecordingService {
  private readonly allows: AllowLedger;

  constructor(
    private readonly bus: EventBus,
    private readonly blobs: BlobStore,
    @Inject(CONFIG) private readonly config: Pick<GatewayConfig, 'ledgerSampleRate'>,
    @Inject(LOGGER) logger: Logger,
    metrics: MetricsService,
  ) {
    this.allows = new AllowLedger(bus, {
      ...ledger,
      onDropped: (events) => metrics.ledgerDropped.inc(events),
      onInvalid: ({ id, subject }, error) =>
        logger.error({ err: error, event: id, content: subject }, 'an allowed content cannot be published'),
      onTrouble: (error) => logger.warn({ err: error }, 'allowed contents wait for the bus'),
    });
    metrics.observe(
      'sluice_gateway_ledger_waiting',
      'Allowed contents not yet published',
      () => this.allows.size,
    );
  }

  /** Writes what waits. Before the bus is closed, and after the last answer. */
  close(): Promise<void> {
    return this.allows.close();
  }

  /**
   * For the deep tier, or (with nothing asked of it, and nobody called) for a person.
   *
   * @throws Problem `unavailable` or `bus_unavailable`
   */
  async flag(
    content: Content,
    upload: Upload,
    how: Omit<EventOn<'content.flagged'>['data'], 'content'>,
  ): Promise<void> {
    const stored = await this.store(content, upload);
    await this.bus.publish('content.flagged', [contentEvent('content.flagged', stored, how)]);
  }

  /**
   * A verdict that a caller was, or will be, told for good. A blocked picture is kept: an appeal needs it.
   *
   * @throws Problem `unavailable` or `bus_unavailable`
   */
  async judge(content: Content, upload: Upload, judgement: Judgement): Promise<void> {
    const kept = judgement.verdict === 'block' ? await this.store(content, upload) : content;
    await this.bus.publish('content.judged', [contentEvent('content.judged', kept, { judgement })]);
  }

  /**
   * For the worker to classify later.
   *
   * @throws Problem `unavailable` or `bus_unavailable`
   */
  async submit(content: Content, upload: Upload): Promise<void> {
    const stored = await this.store(content, upload);
    await this.bus.publish('content.submitted', [contentEvent('content.submitted', stored, {})]);
  }

  /** Into the ledger soon, at the configured rate; nobody waits for it. */
  allow(content: Content, judgement: Judgement): void {
    if (Math.random() >= this.config.ledgerSampleRate) return;
    this.allows.add(contentEvent('content.judged', content, { judgement }));
  }

  /** The bytes first: an event never points to a blob that is not there. */
  private async store(content: Content, upload: Upload): Promise<Content> {
    const blobKey = blobKeyFor(content.sha256);
    await this.blobs.put(blobKey, upload.bytes);
    return { ...content, blobKey };
  }
}
