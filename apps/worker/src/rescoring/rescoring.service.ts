import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type EventOn, type Policy, rulesFor } from '#libs/domain';
import { dead, type Delivery, done, EventBus, type Outcome, retry } from '#libs/events';
import { LOGGER, type Logger } from '#libs/platform';
import { PolicyBook } from '#libs/policies';
import { ModelsService } from '../models/models.service.js';
import { PicturesService } from '../pictures/pictures.service.js';
import { WorkerMetrics, type WorkTopic } from '../worker-metrics.js';
import { pickForAudit } from './audit-pick.js';
import { deepJudgement, partialJudgement, unsettledJudgement } from './judgements.js';
import { Looks, type Sight } from './looks.js';
import { tracedPicture } from './picture-span.js';
import { rescoredEvent } from './rescored-event.js';
import { type Conclusion, RescoredPublisher } from './rescored-publisher.js';
import { unanswered } from './unanswered.js';
import { Unfit } from './unfit.js';

type Flagged = EventOn<'content.flagged'>;
type Submitted = EventOn<'content.submitted'>;
type Rescored = EventOn<'content.rescored'>;

/** The deep tier: from events about pictures to what its models say of them. */
@Injectable()
export class RescoringService implements OnApplicationShutdown {
  private readonly looks;
  private readonly publisher;

  constructor(
    private readonly models: ModelsService,
    pictures: PicturesService,
    private readonly policies: PolicyBook,
    bus: EventBus,
    private readonly metrics: WorkerMetrics,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.looks = new Looks(models, pictures, metrics);
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
   * Pictures side by side, as memory allows; what they came to is published in one go. Each event has an outcome of its
   * own, so that none fails its batch.
   */
  private async conclude<T extends WorkTopic>(
    topic: T,
    batch: Delivery<T>[],
    look: (event: EventOn<T>) => Promise<Rescored>,
  ): Promise<Outcome[]> {
    this.metrics.batchTaken(topic, batch.length);
    const concluded = await Promise.all(
      batch.map((delivery) => tracedPicture(topic, delivery.event, () => this.concludeOne(delivery, look))),
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
    const sight = await this.looks.deeper(content, fast, asks);
    return this.finding(event, sight, audit, this.policies.current());
  }

  private async lookTwice(event: Submitted): Promise<Rescored> {
    const policy = this.policies.current();
    return this.finding(event, await this.looks.twice(event.data.content, policy), null, policy);
  }

  /**
   * What both tiers' answers come to. A category that was asked, and that no model here knows, keeps it from being
   * allowed; one whose specialist was not called does not (docs/adr/0008). What is allowed has one chance of becoming an
   * audit sample: the gateway draws for what it settles itself, and this for all the rest.
   *
   * @param audit as the gateway drew it
   */
  private finding(
    event: Flagged | Submitted,
    { content, fast, asks, seen }: Sight,
    audit: { propensity: number } | null,
    policy: Policy,
  ): Rescored {
    const rules = rulesFor(policy, content.surface);
    const deep = seen.length > 0 ? deepJudgement(event.id, fast, seen, policy, content.surface) : null;
    const missing = unanswered(asks, this.models.deep, rules);
    if (missing.length > 0) {
      this.metrics.unanswered(missing);
      this.logger.warn(
        { contentId: content.id, missing },
        'no deep model knows what is asked: a person is next',
      );
      const given = deep ? partialJudgement(event.id, deep) : unsettledJudgement(event.id, fast, policy);
      return rescoredEvent(event, 'unsettled', { content, judgements: [fast, given], audit });
    }
    const judgements = deep ? [fast, deep] : [fast];
    const drawn =
      judgements.at(-1)!.verdict === 'allow' ? pickForAudit(event.id, rules.auditSampleRate) : null;
    return rescoredEvent(event, 'rescored', { content, judgements, audit: audit ?? drawn });
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
