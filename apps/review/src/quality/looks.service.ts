import { Inject, Injectable } from '@nestjs/common';
import type { ConcludedLook } from '#libs/database';
import { Metrics } from '#libs/platform';
import { CONFIG, type ReviewConfig } from '../review-config.js';

/** Which share of decisions a second person looks at, and how looks end. */
@Injectable()
export class LooksService {
  private readonly looks;

  constructor(
    @Inject(CONFIG) private readonly config: Pick<ReviewConfig, 'secondLookRate'>,
    metrics: Metrics,
  ) {
    this.looks = metrics.counter({
      name: 'sluice_quality_looks_total',
      help: 'Second looks and golden cases that were decided: agreed, disagreed, or disagreed and handed to a senior (disputed)',
      labelNames: ['kind', 'outcome'],
    });
  }

  /** 0–1 */
  get secondLookRate(): number {
    return this.config.secondLookRate;
  }

  count(looks: ConcludedLook[]): void {
    for (const { kind, outcome } of looks) this.looks.inc({ kind, outcome });
  }
}
