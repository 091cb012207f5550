import { randomUUID } from 'node:crypto';
import {
  announceHeldPacks,
  type ChangeFeed,
  type DataSource,
  holderHeartbeatSeconds,
  type StoredTrial,
  TrialBook,
  withdrawHeldPacks,
} from '#libs/database';
import type { Detector } from '#libs/domain';
import type { Logger } from '#libs/platform';
import { type DetectorsService, PackDetector } from '../detectors/detectors.service.js';
import type { ModelsService } from '../models/models.service.js';

export interface TrialsOptions {
  models: Pick<ModelsService, 'deep' | 'openNew' | 'look'>;
  detectors: Pick<DetectorsService, 'all' | 'follow'>;
  logger: Pick<Logger, 'info' | 'warn' | 'error'>;
  /** how often it says which packs it has, and looks for those that it lacks */
  heartbeatMs?: number;
}

/**
 * Has the detectors stand as the trials in the database say, without a restart, also with packs that were put into the
 * folder since. Tells the database which packs this worker has.
 */
export class TrialsService {
  private readonly workerId = randomUUID();
  /** those that were here at the start, packs and rules */
  private readonly first: readonly Detector[];
  private readonly added = new Map<string, Detector>();
  private book: TrialBook | undefined;
  private timer: NodeJS.Timeout | undefined;
  /** one change at a time: opening packs takes seconds */
  private lastChange: Promise<void> = Promise.resolve();

  private constructor(
    private readonly dataSource: DataSource,
    private readonly options: TrialsOptions,
  ) {
    this.first = options.detectors.all;
  }

  /**
   * Resolves once the detectors stand as the database says now. To be called before any picture is judged.
   *
   * @throws DetectorError when they cannot stand so
   */
  static async open(
    dataSource: DataSource,
    feed: Pick<ChangeFeed, 'subscribe'>,
    options: TrialsOptions,
  ): Promise<TrialsService> {
    const service = new TrialsService(dataSource, options);
    service.book = await TrialBook.open(dataSource, feed, (trials) =>
      service.inTurn(() => service.follow(trials)),
    );
    const { heartbeatMs = holderHeartbeatSeconds * 1000 } = options;
    service.timer = setInterval(() => void service.refresh(), heartbeatMs);
    service.timer.unref();
    return service;
  }

  /** Says which packs are here, and looks for those that are lacking. */
  refresh(): Promise<void> {
    return this.inTurn(() => this.beat());
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.book?.close();
    await this.lastChange.catch(() => undefined);
    await withdrawHeldPacks(this.dataSource, this.workerId).catch(() => undefined);
  }

  private inTurn(change: () => Promise<void>): Promise<void> {
    this.lastChange = this.lastChange.then(change, change);
    return this.lastChange;
  }

  private async follow(trials: readonly StoredTrial[]): Promise<void> {
    const { detectors, logger } = this.options;
    for (const name of this.lacking(trials)) await this.openNew(name);
    try {
      detectors.follow(trials, [...this.first, ...this.added.values()]);
    } catch (error) {
      // at the start none has stood yet, and a pack on trial would judge
      if (!this.book) throw error;
      logger.error({ err: error }, 'PACKS CANNOT STAND AS THEIR TRIALS SAY: those that judged before go on');
    }
    if (trials.length > 0)
      logger.info(
        { judging: detectors.all.map(({ name }) => name), lacking: this.lacking(trials) },
        'packs stand as their trials say',
      );
    await this.announce();
  }

  /** A pack that cannot be opened is as good as not there: those that judge go on. One of another version stays. */
  private async openNew(name: string): Promise<void> {
    const { models, logger } = this.options;
    if (this.held().has(name)) return;
    try {
      await models.openNew(name);
    } catch (error) {
      logger.warn({ err: error }, 'a pack on trial, or promoted, cannot be opened here');
      return;
    }
    const pack = models.deep.find(({ manifest }) => manifest.name === name)!;
    this.added.set(name, new PackDetector(pack, models));
  }

  /** Packs on trial, or promoted, that are not here in that version. */
  private lacking(trials: readonly StoredTrial[]): string[] {
    const held = this.held();
    return trials
      .filter(({ state }) => state === 'running' || state === 'promoted')
      .filter(({ pack, version }) => held.get(pack) !== version)
      .map(({ pack }) => pack);
  }

  private held(): Map<string, string> {
    return new Map(this.options.models.deep.map(({ manifest: { name, version } }) => [name, version]));
  }

  /** What was lacking may have been put there meanwhile. */
  private async beat(): Promise<void> {
    const trials = this.book?.current() ?? [];
    await (this.lacking(trials).length > 0 ? this.follow(trials) : this.announce());
  }

  private async announce(): Promise<void> {
    const held = [...this.held()].map(([pack, version]) => ({ pack, version }));
    try {
      await announceHeldPacks(this.dataSource, this.workerId, held);
    } catch (error) {
      this.options.logger.warn({ err: error }, 'who promotes a pack does not hear that this worker has it');
    }
  }
}
