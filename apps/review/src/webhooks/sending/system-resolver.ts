import { lookup } from 'node:dns/promises';
import type { Address, Resolve } from './target.js';

/**
 * The system's resolver (hosts file, search domains). Each lookup takes a thread of libuv's pool until it ends: a name
 * that is being looked up is not looked up a second time, so that an endpoint with a dead name server holds one at most.
 */
export const systemResolver = (): Resolve => {
  const underWay = new Map<string, Promise<Address[]>>();
  return (host) => {
    const known = underWay.get(host);
    if (known) return known;
    const answer = (lookup(host, { all: true }) as Promise<Address[]>).finally(() => underWay.delete(host));
    underWay.set(host, answer);
    return answer;
  };
};
