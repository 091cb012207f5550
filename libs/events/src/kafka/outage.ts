import kafkajs from 'kafkajs';
import CircuitBreaker from 'opossum';
import type { Logger } from '#libs/platform';
import { BusUnavailable } from '../errors.js';
import { TimeUp } from './within.js';

/** How long after a failure the brokers are asked whether they are back. */
const probeAfterMs = 500;

/** For the breaker's own count of failures, of which one is enough. */
const countedForMs = 1_000;

/** Of errors behind errors: a broker's answer, in kafkajs's retries, in ours. */
const deepestCause = 5;

/**
 * While the brokers are out of reach, whoever publishes is told so at once: its caller waits for nothing. A failed
 * publish has been tried for seconds, so one is enough to begin an outage. Only probes are let through then, and the
 * first that has an answer, whatever it says, ends it.
 */
export class Outage {
  private readonly breaker: CircuitBreaker<[() => Promise<void>], void>;
  /** what began it; undefined while there is none */
  private cause: unknown;

  constructor(
    probe: () => Promise<void>,
    private readonly logger: Pick<Logger, 'info' | 'warn'>,
  ) {
    this.breaker = new CircuitBreaker((work: () => Promise<void>) => work(), {
      // publishes and probes have time limits of their own
      timeout: false,
      errorThresholdPercentage: 0,
      errorFilter: (error) => !isOutOfReach(error),
      resetTimeout: probeAfterMs,
      rollingCountTimeout: countedForMs,
      rollingCountBuckets: 1,
      rollingPercentilesEnabled: false,
      enableSnapshots: false,
    });
    this.breaker.on('failure', (error) => this.begin(error));
    this.breaker.on('close', () => this.end());
    // in the same turn, so that the one place that is free then is the probe's
    this.breaker.on('halfOpen', () => void this.breaker.fire(probe).catch(ignore));
  }

  /** Does the work, unless there is an outage. @throws BusUnavailable then, and whatever the work throws */
  async guard(work: () => Promise<void>): Promise<void> {
    try {
      await this.breaker.fire(work);
    } catch (error) {
      if (!CircuitBreaker.isOurError(error as Error)) throw error;
      throw new BusUnavailable(new Error('Kafka was out of reach a moment ago', { cause: this.cause }));
    }
  }

  /** Probes no more. What is on its way goes on. */
  close(): void {
    this.breaker.shutdown();
  }

  private begin(error: unknown): void {
    if (this.cause === undefined)
      this.logger.warn({ err: error }, 'Kafka is out of reach: publishes are refused until it answers');
    this.cause ??= error;
  }

  private end(): void {
    this.cause = undefined;
    this.logger.info('Kafka answers again: publishes go on');
  }
}

/** No answer came. An answer, even a refusal, comes from a broker that is there. */
const isOutOfReach = (error: unknown): boolean => {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < deepestCause; depth += 1) {
    if (
      at instanceof TimeUp ||
      at instanceof kafkajs.KafkaJSConnectionError ||
      at instanceof kafkajs.KafkaJSRequestTimeoutError
    )
      return true;
    at = at.cause;
  }
  return false;
};

const ignore = (): void => undefined;
