import { Injectable } from '@nestjs/common';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from '#libs/platform';

const windowSeconds = 15 * 60;
/** Tries for one account from one address: a person who mistypes needs no more. */
const triesPerAccountAndAddress = 5;
/** For one account from anywhere: makes guessing from many addresses slow, and locking somebody out laborious. */
const triesPerAccount = 50;
/** From one address for any account: a common password tried on everybody. */
const triesPerAddress = 100;

/**
 * Slows down guessing of passwords. Tries are counted before the password is looked at, so that many at once do not
 * slip through, and forgotten after a success. Held in this process's memory: each instance counts for itself.
 */
@Injectable()
export class LoginThrottle {
  private readonly pair = limiter(triesPerAccountAndAddress);
  private readonly account = limiter(triesPerAccount);
  private readonly address = limiter(triesPerAddress);

  /** @throws Problem `rate_limited` */
  async countTry(email: string, address: string): Promise<void> {
    try {
      await this.address.consume(address);
      await this.pair.consume(pairKey(email, address));
      await this.account.consume(email);
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      throw new Problem('rate_limited', 'Too many tries to sign in. Wait, then try again.', {
        retryAfterSeconds: Math.max(1, Math.ceil(refusal.msBeforeNext / 1000)),
      });
    }
  }

  async forgetTries(email: string, address: string): Promise<void> {
    await this.pair.delete(pairKey(email, address));
    await this.account.delete(email);
  }
}

const limiter = (points: number): RateLimiterMemory =>
  new RateLimiterMemory({ points, duration: windowSeconds });

const pairKey = (email: string, address: string): string => JSON.stringify([email, address]);
