import { announceScorers, type DataSource, scorerHeartbeatSeconds } from '#libs/database';
import type { Scorer } from '#libs/domain';

/**
 * Tells the database which packs this process scores with at that moment, at once and every minute, so that whoever
 * publishes a policy hears what nobody could judge. Nothing waits for it: where it fails, a publisher knows less, and that
 * is all.
 */
export class ScorerBeacon {
  private underWay: Promise<void> = Promise.resolve();
  private readonly timer: NodeJS.Timeout;

  constructor(
    private readonly dataSource: DataSource,
    private readonly scorers: () => Omit<Scorer, 'isLive'>[],
    private readonly onTrouble: (error: Error) => void,
  ) {
    this.announce();
    this.timer = setInterval(() => this.announce(), scorerHeartbeatSeconds * 1000);
    this.timer.unref();
  }

  /** Resolves when nothing is being written any more. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.underWay;
  }

  private announce(): void {
    this.underWay = this.underWay
      .then(() => announceScorers(this.dataSource, this.scorers()))
      .catch((error: unknown) => this.onTrouble(error as Error));
  }
}
