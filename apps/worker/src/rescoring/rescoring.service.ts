import { Inject, Injectable } from '@nestjs/common';
import pLimit from 'p-limit';
import { categoriesForDeep, decide, type EventOn, type Judgement, type Pixels, rulesFor } from '#libs/domain';
import { dead, type Delivery, done, EventBus, type Outcome, retry } from '#libs/events';
import type { ModelPack } from '#libs/inference';
import { LOGGER, type Logger } from '#libs/platform';
import { PolicyBook } from '#libs/policies';
import { copyOf, ModelsService } from '../models/models.service.js';
import { PicturesService } from '../pictures/pictures.service.js';
import { CONFIG, type WorkerConfig } from '../worker-config.js';
import { WorkerMetrics, type WorkTopic } from '../worker-metrics.js';
import { pickForAudit } from './audit-pick.js';
import { Unfit } from './unfit.js';
import { combined, deepJudgement, fastJudgement, unsettledJudgement } from './judgements.js';
import { rescoredEvent } from './rescored-event.js';

type Flagged = EventOn<'content.flagged'>;
type Submitted = EventOn<'content.submitted'>;
type Rescored = EventOn<'content.rescored'>;

/** What one event came to: what becomes of it, and what the others are told. */
interface Conclusion {
  outcome: Outcome;
  rescored: Rescored | null;
}

/** The deep tier: from events about pictures to what its models say of them. */
@Injectable()
export class RescoringService {
  private readonly onePicture;

  constructor(
    private readonly models: ModelsService,
    private readonly pictures: PicturesService,
    private readonly policies: PolicyBook,
    private readonly bus: EventBus,
    private readonly metrics: WorkerMetrics,
    @Inject(CONFIG) config: Pick<WorkerConfig, 'pictures'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.onePicture = pLimit(config.pictures.atOnce);
  }

  /** What the fast tier could not settle. */
  rescore(batch: Delivery<'content.flagged'>[]): Promise<Outcome[]> {
    return this.conclude('content.flagged', batch, (event) => this.lookDeeper(event));
  }

  /** What was submitted to be classified later: both tiers, one after the other. */
  classify(batch: Delivery<'content.submitted'>[]): Promise<Outcome[]> {
    return this.conclude('content.submitted', batch, (event) => this.lookTwice(event));
  }

  /**
   * Pictures side by side, as many as may be held; what they came to is published in one go. Each event has an
   * outcome of its own, so that none fails its batch.
   */
  private async conclude<T extends WorkTopic>(
    topic: T,
    batch: Delivery<T>[],
    look: (event: EventOn<T>) => Promise<Rescored>,
  ): Promise<Outcome[]> {
    this.metrics.batchTaken(topic, batch.length);
    const concluded = await Promise.all(
      batch.map((delivery) => this.onePicture(() => this.concludeOne(delivery, look))),
    );
    const outcomes = await this.publish(concluded);
    batch.forEach(({ acceptedAt }, at) => this.metrics.ended(topic, outcomes[at]!.kind, acceptedAt));
    return outcomes;
  }

  private async concludeOne<T extends WorkTopic>(
    { event, isLastAttempt }: Delivery<T>,
    look: (event: EventOn<T>) => Promise<Rescored>,
  ): Promise<Conclusion> {
    try {
      return { outcome: done(), rescored: await look(event) };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const { subject: contentId } = event;
      if (error instanceof Unfit) {
        this.logger.warn({ contentId, reason }, 'a picture cannot be looked at: a person is next');
        return { outcome: dead(reason), rescored: this.unsettled(event) };
      }
      this.logger.error(
        { err: error, contentId, isLastAttempt },
        'a picture was not looked at: it is retried',
      );
      return { outcome: retry(reason), rescored: isLastAttempt ? this.unsettled(event) : null };
    }
  }

  /** The fast tier's doubts, and what its surface always asks. */
  private async lookDeeper(event: Flagged): Promise<Rescored> {
    const { content, fast, asks, audit } = event.data;
    const packs = this.models.deepFor(asks);
    if (packs.length === 0) return rescoredEvent(event, 'rescored', { content, judgements: [fast], audit });

    const views = await this.open(content, packs);
    const seen = await this.infer(packs, views);
    const deep = deepJudgement(event.id, fast, seen, this.policies.current(), content.surface);
    return rescoredEvent(event, 'rescored', { content, judgements: [fast, deep], audit });
  }

  /** What the gateway does with an upload that waits for its answer, and then what this worker does with a flagged one. */
  private async lookTwice(event: Submitted): Promise<Rescored> {
    const policy = this.policies.current();
    const { surface } = event.data.content;
    const { fast: fastPack, deep: deepPacks } = this.models;
    const [picture, ...others] = await this.open(event.data.content, [fastPack, ...deepPacks]);
    const { hash, pixels } = await this.pictures.hash(picture!);
    const views = [pixels, ...others];
    const content = { ...event.data.content, pdq: hash.pdq, pdqQuality: hash.quality };

    const seenFast = await this.infer([fastPack], views.map(copyOf));
    const decision = decide(combined(seenFast), policy, surface, 'fast');
    const fast = fastJudgement(decision, policy, seenFast);
    const judgements: Judgement[] = [fast];

    const asks = categoriesForDeep(decision, policy, surface);
    const packs = this.models.deepFor(asks);
    if (packs.length > 0)
      judgements.push(deepJudgement(event.id, fast, await this.infer(packs, views), policy, surface));

    const isAllowed = decision.verdict === 'allow' && asks.length === 0;
    const audit = isAllowed ? pickForAudit(event.id, rulesFor(policy, surface).auditSampleRate) : null;
    return rescoredEvent(event, 'rescored', { content, judgements, audit });
  }

  /** Decoded once for all packs, so as large as the most demanding of them wants it. */
  private async open(content: Flagged['data']['content'], packs: ModelPack[]): Promise<Pixels[]> {
    const minShortSide = Math.max(...packs.map(({ manifest }) => manifest.resize.minShortSide));
    const opened = await this.pictures.open(content, minShortSide);
    if (!opened.ok) throw new Unfit(`${opened.code}: ${opened.detail}`);
    return opened.value;
  }

  private async infer(packs: ModelPack[], views: Pixels[]) {
    const seen = await this.metrics.timed('infer', () => this.models.classify(packs, views));
    if (!seen.ok) throw new Error(`${seen.code}: ${seen.detail}`);
    return seen.value;
  }

  private unsettled(event: Flagged | Submitted): Rescored {
    const flagged = 'fast' in event.data ? event.data : null;
    const given = unsettledJudgement(event.id, flagged?.fast ?? null, this.policies.current());
    return rescoredEvent(event, 'unsettled', {
      content: event.data.content,
      judgements: flagged ? [flagged.fast, given] : [given],
      audit: flagged?.audit ?? null,
    });
  }

  /** An event is done (or dead) only when what it came to is on the bus. */
  private async publish(concluded: Conclusion[]): Promise<Outcome[]> {
    const events = concluded.flatMap(({ rescored }) => (rescored ? [rescored] : []));
    try {
      await this.metrics.timed('publish', () => this.bus.publish('content.rescored', events));
    } catch (error) {
      this.logger.error(
        { err: error, events: events.length },
        'outcomes were not published: they are retried',
      );
      return concluded.map(({ outcome, rescored }) =>
        rescored ? retry('the bus did not take it') : outcome,
      );
    }
    for (const { data } of events) {
      const { tier, verdict } = data.judgements.at(-1)!;
      this.metrics.published(tier, verdict);
    }
    return concluded.map(({ outcome }) => outcome);
  }
}
