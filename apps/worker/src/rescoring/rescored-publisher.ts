import { setTimeout as pause } from 'node:timers/promises';
import type { EventOn } from '#libs/domain';
import { dead, type EventBus, InvalidEvent, type Outcome, retry } from '#libs/events';
import { type Logger, tracedEach } from '#libs/platform';
import type { WorkerMetrics } from '../worker-metrics.js';

type Rescored = EventOn<'content.rescored'>;

/** What one event came to. */
export interface Conclusion {
  /** what becomes of it once the others were told */
  outcome: Outcome;
  /** what the others are told; null for nothing */
  rescored: Rescored | null;
  /** what they are told when the bus refuses that for good; null where there is nothing milder to say */
  otherwise: Rescored | null;
  /** no other try will tell them */
  isLastAttempt: boolean;
}

const firstPauseMs = 100;
const longestPauseMs = 5_000;

/** Tells the others what events came to. An event is done (or dead) only when that is on the bus. */
export class RescoredPublisher {
  private readonly stopping = new AbortController();

  constructor(
    private readonly bus: EventBus,
    private readonly metrics: WorkerMetrics,
    private readonly logger: Logger,
  ) {}

  /** Gives up what the bus has not taken. Only after the subscriptions have handed their events back. */
  stop(): void {
    this.stopping.abort();
  }

  /**
   * All in one go. While the bus is out of reach they are to be tried again; but if that was the last try for one of
   * them, this waits for the bus, for the dead letters are where nobody would be told.
   *
   * @returns outcomes in the order of the conclusions
   * @throws AbortError when stopped meanwhile
   */
  async publish(concluded: Conclusion[]): Promise<Outcome[]> {
    const told = concluded.filter(({ rescored }) => rescored !== null);
    const events = told.map(({ rescored }) => rescored!);
    try {
      const isLastAttempt = told.some((each) => each.isLastAttempt);
      await tracedEach(
        'publish',
        () => events.map(({ traceparent: parent }) => ({ parent, kind: 'internal', attributes: {} })),
        () =>
          this.metrics.timed('publish', () => (isLastAttempt ? this.untilTaken(events) : this.put(events))),
      );
    } catch (error) {
      if (error instanceof InvalidEvent) return this.publishAlone(concluded, error);
      if (this.stopping.signal.aborted) throw error;
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

  private put(events: Rescored[]): Promise<void> {
    return this.bus.publish('content.rescored', events);
  }

  private async untilTaken(events: Rescored[]): Promise<void> {
    for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
      try {
        return await this.put(events);
      } catch (error) {
        if (error instanceof InvalidEvent) throw error;
        this.logger.error({ err: error, pauseMs }, 'the last word on pictures waits for the bus');
        await pause(pauseMs, undefined, { signal: this.stopping.signal, ref: false });
      }
    }
  }

  /** One event that no bus will take is not the others' fault: it is set aside, and a person told. */
  private async publishAlone(concluded: Conclusion[], refusal: InvalidEvent): Promise<Outcome[]> {
    const [first, ...others] = concluded;
    if (others.length > 0)
      return (await Promise.all(concluded.map((conclusion) => this.publish([conclusion])))).flat();
    const { message: reason } = refusal;
    this.logger.error(
      { err: refusal, contentId: first!.rescored?.subject },
      'an outcome cannot be published',
    );
    const outcome = dead(reason);
    return this.publish([{ ...first!, outcome, rescored: first!.otherwise, otherwise: null }]);
  }
}
