import { Injectable } from '@nestjs/common';
import { DataSource, type TooManyTries, TryLimit } from '#libs/database';
import { ok, type Result } from '#libs/domain';

const seconds = 15 * 60;
/** Tries for one account from one address: a person who mistypes needs no more. */
const triesPerAccountAndAddress = 5;
/** For one account from anywhere: makes guessing from many addresses slow, and locking somebody out laborious. */
const triesPerAccount = 50;
/** From one address for any account: a common password tried on everybody. */
const triesPerAddress = 100;

/** Slows down guessing of passwords. Tries are forgotten after a success. */
@Injectable()
export class LoginThrottle {
  private readonly pair: TryLimit;
  private readonly account: TryLimit;
  private readonly address: TryLimit;

  constructor(dataSource: DataSource) {
    this.pair = new TryLimit(dataSource, { name: 'pair', tries: triesPerAccountAndAddress, seconds });
    this.account = new TryLimit(dataSource, { name: 'account', tries: triesPerAccount, seconds });
    this.address = new TryLimit(dataSource, { name: 'address', tries: triesPerAddress, seconds });
  }

  async countTry(email: string, address: string): Promise<Result<undefined, TooManyTries>> {
    for (const [limit, what] of [
      [this.address, address],
      [this.pair, pairOf(email, address)],
      [this.account, email],
    ] as const) {
      const counted = await limit.count(what);
      if (!counted.ok) return counted;
    }
    return ok(undefined);
  }

  async forgetTries(email: string, address: string): Promise<void> {
    await this.pair.forget(pairOf(email, address));
    await this.account.forget(email);
  }
}

const pairOf = (email: string, address: string): string => JSON.stringify([email, address]);
