import { Injectable } from '@nestjs/common';
import { Metrics } from '#libs/platform';
import { CasesRepository } from './cases.repository.js';

/** How much waits for people, asked of the database whenever somebody scrapes the metrics. */
@Injectable()
export class QueueDepth {
  constructor(cases: CasesRepository, metrics: Metrics) {
    metrics.gauge({
      name: 'sluice_cases_waiting',
      help: 'Undecided cases, and how many of them are past the time when a person should have looked',
      labelNames: ['queue', 'overdue'],
      async collect() {
        const depths = await cases.depths();
        this.reset();
        for (const { queue, overdue, count } of depths) this.set({ queue, overdue: String(overdue) }, count);
      },
    });
  }
}
