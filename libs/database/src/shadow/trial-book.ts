import type { DataSource } from 'typeorm';
import type { ChangeFeed } from '../change-feed/change-feed.js';
import { lastTrials, type StoredTrial } from './pack-trial.queries.js';

/** The last trial of each pack, in memory: a step is followed within a second or two, without a restart. */
export class TrialBook {
  private unsubscribe: () => Promise<void> = () => Promise.resolve();
  private trials: readonly StoredTrial[] = [];
  private seen = '';

  private constructor(
    private readonly dataSource: DataSource,
    private readonly onChange: (trials: readonly StoredTrial[]) => Promise<void>,
  ) {}

  /** @param onChange called in turn with all trials, at first and after each change; where it fails, again at the next look */
  static async open(
    dataSource: DataSource,
    feed: Pick<ChangeFeed, 'subscribe'>,
    onChange: (trials: readonly StoredTrial[]) => Promise<void>,
  ): Promise<TrialBook> {
    const book = new TrialBook(dataSource, onChange);
    await book.refresh();
    book.unsubscribe = feed.subscribe('pack_trial', () => book.refresh());
    return book;
  }

  current(): readonly StoredTrial[] {
    return this.trials;
  }

  close(): Promise<void> {
    return this.unsubscribe();
  }

  private async refresh(): Promise<void> {
    const trials = await lastTrials(this.dataSource);
    const seen = JSON.stringify(trials);
    if (seen === this.seen) return;
    await this.onChange(trials);
    [this.trials, this.seen] = [trials, seen];
  }
}
