import { Injectable } from '@nestjs/common';
import { Metrics } from '#libs/platform';
import { type Depth, QueuesRepository } from './queues.repository.js';

/** A count is good for so long. */
const freshMs = 2_000;
/** And for so many times as long as it took: of millions of cases it takes a second, and people may scrape every five. */
const freshPerCost = 10;

/** How much waits for people, counted in the database when somebody asks: metrics, or a list of queues. */
@Injectable()
export class QueueDepthService {
  private counted: { depths: Promise<Depth[]>; until: number } | undefined;

  constructor(
    private readonly queues: QueuesRepository,
    metrics: Metrics,
  ) {
    const current = (): Promise<Depth[]> => this.current();
    metrics.gauge({
      name: 'sluice_cases_waiting',
      help: 'Undecided cases, and how many of them are past the promise of their queue, or past their due time where it promises nothing',
      labelNames: ['queue', 'overdue'],
      async collect() {
        const depths = await current();
        this.reset();
        for (const { queue, overdue, count } of depths) this.inc({ queue, overdue: String(overdue) }, count);
      },
    });
    metrics.gauge({
      name: 'sluice_cases_sla_breached',
      help: 'Undecided cases for which the promise of their queue is broken',
      labelNames: ['queue'],
      async collect() {
        const depths = await current();
        this.reset();
        for (const { queue, breached, count } of depths) this.inc({ queue }, breached ? count : 0);
      },
    });
  }

  /** Some seconds old at most; who asks while it is being counted waits for the same count. */
  current(): Promise<Depth[]> {
    if (this.counted && performance.now() < this.counted.until) return this.counted.depths;
    const started = performance.now();
    const counted = { depths: this.queues.depths(), until: Infinity };
    this.counted = counted;
    const done = (fresh: number): void => {
      counted.until = performance.now() + fresh;
    };
    counted.depths.then(
      () => done(Math.max(freshMs, freshPerCost * (performance.now() - started))),
      () => done(0),
    );
    return counted.depths;
  }
}
