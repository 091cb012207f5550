import { Injectable } from '@nestjs/common';
import ipaddr from 'ipaddr.js';
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
    const source = sourceOf(address);
    for (const [limit, what] of [
      [this.address, source],
      [this.pair, pairOf(email, source)],
      [this.account, email],
    ] as const) {
      const counted = await limit.count(what);
      if (!counted.ok) return counted;
    }
    return ok(undefined);
  }

  /** A try that names no account: by an identity provider. */
  countTryFrom(address: string): Promise<Result<undefined, TooManyTries>> {
    return this.address.count(sourceOf(address));
  }

  /** Of many people behind one address each may come in once. */
  forgetTryFrom(address: string): Promise<void> {
    return this.address.takeBack(sourceOf(address));
  }

  async forgetTries(email: string, address: string): Promise<void> {
    await this.pair.forget(pairOf(email, sourceOf(address)));
    await this.account.forget(email);
    await this.forgetTryFrom(address);
  }
}

const pairOf = (email: string, source: string): string => JSON.stringify([email, source]);

/** Bytes of an IPv6 address that name a network: whoever has one address in it has all the others, too. */
const networkBytes = 8;

/** An IPv4 address, or the network of an IPv6 one. */
const sourceOf = (address: string): string => {
  if (!ipaddr.isValid(address)) return address;
  const parsed = ipaddr.process(address);
  return parsed instanceof ipaddr.IPv4
    ? parsed.toString()
    : Buffer.from(parsed.toByteArray().slice(0, networkBytes)).toString('hex');
};
