import { LRUCache } from 'lru-cache';
import { Agent } from 'undici';
import type { LookupFunction } from 'node:net';
import type { Address } from './target.js';

/** Origins with connections at once; the one that was used longest ago gives its up. */
const mostOrigins = 200;
/** Bytes of an answer's headers. */
const maxHeaderSize = 16 * 1024;
/** How long an idle connection is kept for the next delivery, in milliseconds. */
const keepAliveMs = 4_000;

interface Pinned {
  addresses: string;
  agent: Agent;
}

/**
 * Connections to endpoints, kept for the next delivery to the same addresses. They go to the addresses that were judged,
 * whatever the name leads to by then; once it leads elsewhere, new ones are made.
 */
export class Connections {
  private readonly pinned = new LRUCache<string, Pinned>({
    max: mostOrigins,
    dispose: ({ agent }) => void agent.close().catch(() => undefined),
  });

  constructor(private readonly settings: { connectTimeoutMs: number; concurrency: number }) {}

  to(url: URL, addresses: Address[]): Agent {
    const key = addresses
      .map(({ address }) => address)
      .sort()
      .join(' ');
    const known = this.pinned.get(url.origin);
    if (known?.addresses === key) return known.agent;
    const { connectTimeoutMs, concurrency } = this.settings;
    const agent = new Agent({
      connections: concurrency,
      pipelining: 1,
      maxHeaderSize,
      keepAliveTimeout: keepAliveMs,
      keepAliveMaxTimeout: keepAliveMs,
      connect: { lookup: lookupOf(addresses), timeout: connectTimeoutMs },
    });
    this.pinned.set(url.origin, { addresses: key, agent });
    return agent;
  }

  async close(): Promise<void> {
    const agents = [...this.pinned.values()].map(({ agent }) => agent);
    await Promise.all(agents.map((agent) => agent.destroy()));
    this.pinned.clear();
  }
}

/** Answers with what was judged instead of asking again. */
const lookupOf =
  (addresses: Address[]): LookupFunction =>
  (_name, { all }, callback) =>
    process.nextTick(() => {
      if (all) callback(null, addresses);
      else callback(null, addresses[0]!.address, addresses[0]!.family);
    });
