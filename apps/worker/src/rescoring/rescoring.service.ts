import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import pLimit from 'p-limit';
import {
  categoriesForDeep,
  type Category,
  type Classification,
  type Content,
  decide,
  type EventOn,
  type Judgement,
  type Pixels,
  type Policy,
  rulesFor,
} from '#libs/domain';
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
import {
  combined,
  deepJudgement,
  fastJudgement,
  partialJudgement,
  unsettledJudgement,
} from './judgements.js';
import { rescoredEvent } from './rescored-event.js';
import { type Conclusion, RescoredPublisher } from './rescored-publisher.js';
import { unanswered } from './unanswered.js';

type Flagged = EventOn<'content.flagged'>;
type Submitted = EventOn<'content.submitted'>;
type Rescored = EventOn<'content.rescored'>;

/** What the tiers said of one picture, and what they were asked. */
interface Answers {
  content: Content;
  fast: Judgement;
  asks: Category[];
  /** as the gateway drew it */
  audit: { propensity: number } | null;
  /** deep ones that know something of what is asked */
  packs: ModelPack[];
  /** by these packs */
  seen: Classification[];
  policy: Policy;
}

/** The deep tier: from events about pictures to what its models say of them. */
@Injectable()
export class RescoringService implements OnApplicationShutdown {
  private readonly onePicture;
  private readonly publisher;

  constructor(
    private readonly models: ModelsService,
    private readonly pictures: PicturesService,
    private readonly policies: PolicyBook,
    bus: EventBus,
    private readonly metrics: WorkerMetrics,
    @Inject(CONFIG) config: Pick<WorkerConfig, 'pictures'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.onePicture = pLimit(config.pictures.atOnce);
    this.publisher = new RescoredPublisher(bus, metrics, logger);
  }

  /** When the subscriptions have ended, or have handed back what they were at. */
  onApplicationShutdown(): void {
    this.publisher.stop();
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
    const outcomes = await this.publisher.publish(concluded);
    batch.forEach(({ acceptedAt }, at) => this.metrics.ended(topic, outcomes[at]!.kind, acceptedAt));
    return outcomes;
  }

  private async concludeOne<T extends WorkTopic>(
    { event, isLastAttempt }: Delivery<T>,
    look: (event: EventOn<T>) => Promise<Rescored>,
  ): Promise<Conclusion> {
    try {
      const rescored = await look(event);
      return { outcome: done(), rescored, otherwise: this.unsettled(event), isLastAttempt };
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const { subject: contentId } = event;
      if (error instanceof Unfit) {
        this.logger.warn({ contentId, reason }, 'a picture cannot be looked at: a person is next');
        return { outcome: dead(reason), rescored: this.unsettled(event), otherwise: null, isLastAttempt };
      }
      this.logger.error(
        { err: error, contentId, isLastAttempt },
        'a picture was not looked at: it is retried',
      );
      const rescored = isLastAttempt ? this.unsettled(event) : null;
      return { outcome: retry(reason), rescored, otherwise: null, isLastAttempt };
    }
  }

  /** The fast tier's doubts, and what its surface always asks. */
  private async lookDeeper(event: Flagged): Promise<Rescored> {
    const { content, fast, asks, audit } = event.data;
    const packs = this.models.deepFor(asks);
    const seen = packs.length > 0 ? await this.infer(packs, await this.open(content, packs)) : [];
    return this.finding(event, { content, fast, asks, audit, packs, seen, policy: this.policies.current() });
  }

  /** What the gateway does with an upload that waits for its answer, and then what this worker does with a flagged one. */
  private async lookTwice(event: Submitted): Promise<Rescored> {
    const policy = this.policies.current();
    const { surface } = event.data.content;
    const { fast: fastPack, deep: deepPacks } = this.models;
    const opened = await this.open(event.data.content, [fastPack, ...deepPacks]);
    const { content, views } = await this.hashed(event.data.content, opened);

    const seenFast = await this.infer([fastPack], views.map(copyOf));
    const decision = decide(combined(seenFast), policy, surface, 'fast');
    const fast = fastJudgement(decision, policy, seenFast);

    const asks = categoriesForDeep(decision, policy, surface);
    const packs = this.models.deepFor(asks);
    const seen = packs.length > 0 ? await this.infer(packs, views) : [];
    return this.finding(event, { content, fast, asks, audit: null, packs, seen, policy });
  }

  /**
   * What both tiers' answers come to. A category that was asked, and that no model here knows, keeps it from being
   * allowed. What is allowed has one chance of becoming an audit sample: the gateway draws for what it settles itself,
   * and this for all the rest.
   */
  private finding(
    event: Flagged | Submitted,
    { content, fast, asks, packs, seen, ...found }: Answers,
  ): Rescored {
    const { policy } = found;
    const rules = rulesFor(policy, content.surface);
    const deep = packs.length > 0 ? deepJudgement(event.id, fast, seen, policy, content.surface) : null;
    const missing = unanswered(asks, packs, rules);
    if (missing.length > 0) {
      this.metrics.unanswered(missing);
      this.logger.warn(
        { contentId: content.id, missing },
        'no deep model knows what is asked: a person is next',
      );
      const given = deep ? partialJudgement(event.id, deep) : unsettledJudgement(event.id, fast, policy);
      return rescoredEvent(event, 'unsettled', { content, judgements: [fast, given], audit: found.audit });
    }
    const judgements = deep ? [fast, deep] : [fast];
    const drawn =
      judgements.at(-1)!.verdict === 'allow' ? pickForAudit(event.id, rules.auditSampleRate) : null;
    return rescoredEvent(event, 'rescored', { content, judgements, audit: found.audit ?? drawn });
  }

  /** With its hash, unless the gateway has made it. Takes over the first view's memory, and gives it back. */
  private async hashed(content: Content, [picture, ...others]: Pixels[]) {
    if (content.pdq !== null) return { content, views: [picture!, ...others] };
    const { hash, pixels } = await this.pictures.hash(picture!);
    return {
      content: { ...content, pdq: hash.pdq, pdqQuality: hash.quality },
      views: [pixels, ...others],
    };
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
}
