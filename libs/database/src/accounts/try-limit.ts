import { createHash } from 'node:crypto';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';
import type { DataSource } from 'typeorm';
import { ok, type Result } from '#libs/domain';

export interface TooManyTries {
  code: 'rate_limited';
  retryAfterSeconds: number;
  /** whether this try is the one that went over the limit */
  isFirst: boolean;
}

/** So many tries in so long, counted in the database, where every process sees them. What is counted is hashed. */
export class TryLimit {
  private readonly limiter: RateLimiterPostgres;

  /**
   * @param name tells the tries of one limit from those of another
   * @param tries within `seconds` of the first one
   */
  constructor(
    dataSource: DataSource,
    { name, tries, seconds }: { name: string; tries: number; seconds: number },
  ) {
    this.limiter = new RateLimiterPostgres({
      storeClient: dataSource,
      storeType: 'typeorm',
      tableName: 'login_try',
      // Made by a migration.
      tableCreated: true,
      keyPrefix: name,
      points: tries,
      duration: seconds,
    });
  }

  /** Counts a try before it is looked at, so that many at once do not slip through. */
  async count(what: string): Promise<Result<undefined, TooManyTries>> {
    try {
      await this.limiter.consume(hashed(what));
      return ok(undefined);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      return {
        ok: false,
        code: 'rate_limited',
        retryAfterSeconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)),
        isFirst: refusal.consumedPoints === this.limiter.points + 1,
      };
    }
  }

  /** Uncounts one try: it was none. */
  async takeBack(what: string): Promise<void> {
    await this.limiter.reward(hashed(what));
  }

  async forget(what: string): Promise<void> {
    await this.limiter.delete(hashed(what));
  }
}

const hashed = (what: string): string => createHash('sha256').update(what).digest('base64url');
