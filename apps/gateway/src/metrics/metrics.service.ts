import { Injectable } from '@nestjs/common';
import type { ModerationAnswer, ProblemCode } from '#libs/domain';
import { type Counter, type Histogram, Metrics } from '#libs/platform';

/** What a request's time is spent on. */
export const stages = [
  'receive',
  'inspect',
  'queue',
  'decode',
  'hash',
  'inference',
  'record',
  'total',
] as const;
export type Stage = (typeof stages)[number];

/** Where the facts and scores of an upload came from; `joined`: another upload of the same bytes was at work on it. */
export type CacheOutcome = 'hit' | 'joined' | 'miss';

const secondsInMs = 1000;

/** The gateway's own metrics. Labels have few values, and their series are looked up once: this is the hot path. */
@Injectable()
export class MetricsService {
  private readonly stageSeconds: Record<Stage, Histogram.Internal<'stage'>>;
  private readonly answers: Counter<'verdict' | 'tier'>;
  private readonly refusals: Counter<'code'>;
  private readonly cacheLookups: Record<CacheOutcome, Counter.Internal>;
  private readonly inferences: Counter.Internal;
  readonly ledgerDropped: Counter.Internal;
  readonly policiesRefused: Counter.Internal;

  constructor(private readonly metrics: Metrics) {
    const stageSeconds = metrics.histogram({
      name: 'sluice_gateway_stage_seconds',
      help: 'Time of each stage of an upload',
      labelNames: ['stage'],
    });
    this.stageSeconds = byName(stages, (stage) => stageSeconds.labels(stage));
    this.answers = metrics.counter({
      name: 'sluice_gateway_answers_total',
      help: 'Verdicts given',
      labelNames: ['verdict', 'tier'],
    });
    this.refusals = metrics.counter({
      name: 'sluice_gateway_refusals_total',
      help: 'Requests that ended in a problem, by its code',
      labelNames: ['code'],
    });
    const lookups = metrics.counter({
      name: 'sluice_gateway_score_cache_total',
      help: 'Lookups in the score cache; joined ones waited for the same picture in work',
      labelNames: ['outcome'],
    });
    this.cacheLookups = byName(['hit', 'joined', 'miss'] as const, (outcome) => lookups.labels(outcome));
    this.inferences = metrics
      .counter({ name: 'sluice_gateway_inferences_total', help: 'Views given to the fast model' })
      .labels();
    this.ledgerDropped = metrics
      .counter({
        name: 'sluice_gateway_ledger_dropped_total',
        help: 'Allowed contents that never reached the ledger: the bus was away for too long, or refused them',
      })
      .labels();
    this.policiesRefused = metrics
      .counter({
        name: 'sluice_gateway_policies_refused_total',
        help: 'Times that a published policy version was read and not used: the last good one goes on to hold',
      })
      .labels();
  }

  /** @param milliseconds as `performance.now()` counts them */
  spent(stage: Stage, milliseconds: number): void {
    this.stageSeconds[stage].observe(milliseconds / secondsInMs);
  }

  answered({ verdict, tier }: Pick<ModerationAnswer, 'verdict' | 'tier'>): void {
    this.answers.inc({ verdict, tier });
  }

  refused(code: ProblemCode): void {
    this.refusals.inc({ code });
  }

  lookedUp(outcome: CacheOutcome): void {
    this.cacheLookups[outcome].inc();
  }

  inferred(views: number): void {
    this.inferences.inc(views);
  }

  /** Something that holds for the whole run, as labels of a constant 1. */
  fact(name: string, help: string, labels: Record<string, string>): void {
    this.metrics.gauge({ name, help, labelNames: Object.keys(labels) }).set(labels, 1);
  }

  /** A number that is read when somebody scrapes. */
  observe(name: string, help: string, read: () => number): void {
    this.metrics.gauge({
      name,
      help,
      collect() {
        this.set(read());
      },
    });
  }
}

const byName = <Name extends string, Value>(
  names: readonly Name[],
  make: (name: Name) => Value,
): Record<Name, Value> => Object.fromEntries(names.map((name) => [name, make(name)])) as Record<Name, Value>;
