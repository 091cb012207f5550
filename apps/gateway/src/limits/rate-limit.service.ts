import { Inject, Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '#libs/platform';
import { CONFIG, type GatewayConfig } from '../gateway-config.js';

const windowSeconds = 60;

/** Requests a minute of each API key, counted in this process: with several gateways each grants the limit. */
@Injectable()
export class RateLimitService {
  /** one limiter for each limit that any key has */
  private readonly limiters = new Map<number, RateLimiterMemory>();

  constructor(@Inject(CONFIG) private readonly config: Pick<GatewayConfig, 'rateLimitPerMinute'>) {}

  /** @throws Problem `rate_limited` with the seconds until the next request may come */
  async spend(caller: { id: string; requestsPerMinute: number | null }): Promise<void> {
    const limit = caller.requestsPerMinute ?? this.config.rateLimitPerMinute;
    if (limit === 0) return;
    try {
      await this.limiterOf(limit).consume(caller.id);
    } catch (refused) {
      if (!(refused instanceof RateLimiterRes)) throw refused;
      throw new Problem('rate_limited', `This key may send ${limit} requests a minute; slow down.`, {
        retryAfterSeconds: Math.max(1, Math.ceil(refused.msBeforeNext / 1000)),
      });
    }
  }

  private limiterOf(points: number): RateLimiterMemory {
    let limiter = this.limiters.get(points);
    if (!limiter) {
      limiter = new RateLimiterMemory({ points, duration: windowSeconds });
      this.limiters.set(points, limiter);
    }
    return limiter;
  }
}
