import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { type EventOn, type Judgement, type Policy, rulesFor } from '#libs/domain';
import { dead, type Delivery, done, EventBus, type Outcome, retry } from '#libs/events';
import { LOGGER, type Logger } from '#libs/platform';
import { PolicyBook } from '#libs/policies';
import { DetectorsService } from '../detectors/detectors.service.js';
import { ModelsService } from '../models/models.service.js';
import { PicturesService } from '../pictures/pictures.service.js';
import { WorkerMetrics, type WorkTopic } from '../worker-metrics.js';
import { pickForAudit } from './audit-pick.js';
import { deepJudgement, partialJudgement, unsettledJudgement } from './judgements.js';
import { Looks, type Sight } from './looks.js';
import { tracedPicture } from './picture-span.js';
import { rescoredEvent } from './rescored-event.js';
import { type Conclusion, RescoredPublisher } from './rescored-publisher.js';
import { SecondLooks } from './second-looks.js';
import { unanswered } from './unanswered.js';
import { Unfit } from './unfit.js';

type Flagged = EventOn<'content.flagged'>;
type Submitted = EventOn<'content.submitted'>;
type Rescored = EventOn<'content.rescored'>;

/** How often a picture is shown before a detector that fails is done without. */
const mostTries = 2;

/** The deep tier: from events about pictures to what its detectors say of them. */
@Injectable()
export class RescoringService implements OnApplicationShutdown {
  private readonly looks;
  private readonly secondLooks;
  private readonly publisher;

  constructor(
    models: ModelsService,
    private readonly detectors: DetectorsService,
    pictures: PicturesService,
    private readonly policies: PolicyBook,
    bus: EventBus,
    private readonly metrics: WorkerMetrics,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.looks = new Looks(models, detectors, pictures, metrics);
    this.secondLooks = new SecondLooks(detectors, pictures, logger);
    this.publisher = new RescoredPublisher(bus, metrics, logger);
  }

  /** When the subscriptions have ended, or have handed back what they were at. */
  onApplicationShutdown(): void {
    this.publisher.stop();
  }

  /** What the fast tier could not settle. */
  rescore(batch: Delivery<'content.flagged'>[]): Promise<Outcome[]> {
    return this.conclude('content.flagged', batch, ({ data: { content, fast, asks, called = [] } }, policy) =>
      this.looks.deeper(content, fast, { asks, called }, policy),
    );
  }

  /** What was submitted to be classified later: both tiers, one after the other. */
  classify(batch: Delivery<'content.submitted'>[]): Promise<Outcome[]> {
    return this.conclude('content.submitted', batch, ({ data: { content } }, policy) =>
      this.looks.twice(content, policy),
    );
  }

  /**
   * Pictures side by side, as memory allows; what they came to is published in one go. Each event has an outcome of its
   * own, so that none fails its batch.
   */
  private async conclude<T extends WorkTopic>(
    topic: T,
    batch: Delivery<T>[],
    look: Look<T>,
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
    { event, attempt, isLastAttempt }: Delivery<T>,
    look: Look<T>,
  ): Promise<Conclusion> {
    try {
      const policy = this.policies.current();
      const sight = await look(event, policy);
      if (attempt < mostTries && !isLastAttempt) refuseFailures(sight);
      const rescored = await this.finding(event, sight, policy);
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

  /**
   * What both tiers' answers come to. A category that was asked and that no detector here knows, and a detector that should
   * have looked and has not answered, keep it from being allowed; a category whose specialist was not called does not
   * (docs/adr/0008, 0010).
   */
  private async finding(event: Flagged | Submitted, sight: Sight, policy: Policy): Promise<Rescored> {
    const { content, fast, seen, unheard } = sight;
    const deep = seen.length > 0 ? deepJudgement(event.id, fast, seen, policy, content.surface) : null;
    if (this.isSettled(sight, policy))
      return this.told(event, 'rescored', sight, deep ? [fast, deep] : [fast], policy);
    const given = deep
      ? partialJudgement(event.id, deep, unheard)
      : unsettledJudgement(event.id, fast, policy, unheard);
    return this.told(event, 'unsettled', sight, [fast, given], policy);
  }

  /** Whether all that was asked is known here, and all that looked have answered. */
  private isSettled({ content, question, unheard }: Sight, policy: Policy): boolean {
    const unknown = unanswered(question.asks, this.detectors.all, rulesFor(policy, content.surface));
    if (unknown.length === 0 && unheard.length === 0) return true;
    this.metrics.unanswered(unknown);
    this.metrics.unheard(unheard);
    this.logger.warn(
      { contentId: content.id, unknown, unheard },
      'not all that was asked was looked at: a person is next',
    );
    return false;
  }

  /**
   * What is allowed has one chance of becoming an audit sample: the gateway draws for what it settles itself, and this for
   * all the rest.
   */
  private async told(
    event: Flagged | Submitted,
    how: 'rescored' | 'unsettled',
    sight: Sight,
    judgements: Judgement[],
    policy: Policy,
  ): Promise<Rescored> {
    const { content } = sight;
    const { verdict } = judgements.at(-1)!;
    const { auditSampleRate } = rulesFor(policy, content.surface);
    const drawn = verdict === 'allow' ? pickForAudit(event.id, auditSampleRate) : null;
    const audit = ('audit' in event.data ? event.data.audit : null) ?? drawn;
    const isForPerson = verdict === 'review' || audit !== null;
    const asides = await this.secondLooks.at(sight, isForPerson, policy);
    return rescoredEvent(event, how, { content, judgements, audit, ...asides });
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

type Look<T extends WorkTopic> = (event: EventOn<T>, policy: Policy) => Promise<Sight>;

/** @throws Error for a detector that failed, which may do better when the whole picture comes again */
const refuseFailures = ({ unheard }: Sight): void => {
  const failure = unheard.find(({ why }) => why === 'failed');
  if (failure) throw new Error(`failed: ${failure.detector}: ${failure.detail}`);
};
