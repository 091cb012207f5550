import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { projectRoot } from '#libs/platform';
import type { BenchedGateway } from '../gateway-process.js';
import { closedLoop, inTurn, type LoadResult, type Target } from '../load/client.js';
import { withNewBytes } from '../load/pictures.js';
import { cpuMsOf } from '../load/process-stats.js';

/** enough to keep every thread busy while others decode, receive and answer */
export const threads = availableParallelism();
export const inFlight = threads * 4;
export const packFolder = join(projectRoot, 'models', 'nsfw-mobilenet-v2');

export const targetOf = ({ url, apiKey }: BenchedGateway): Target => ({
  url,
  path: '/v1/moderate',
  headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'image/jpeg' },
});

/** Requests of each status; a benchmark whose requests fail measures nothing. */
export const expectOnly = (result: LoadResult, ...allowed: string[]): void => {
  const other = Object.entries(result.byStatus).filter(([status]) => !allowed.includes(status));
  if (other.length > 0) throw new Error(`unexpected answers: ${JSON.stringify(Object.fromEntries(other))}`);
};

export const answered = (result: LoadResult): number => result.latencies.length;

/**
 * Until the code is compiled as it is in a service that has run for a minute: V8 optimises what ran thousands of times,
 * and cached answers run most of it quickly.
 */
export const warmUp = async (
  target: Target,
  pictures: Buffer[],
  { cached }: { cached: boolean },
): Promise<void> => {
  const next = inTurn(pictures, withNewBytes);
  if (cached)
    await closedLoop(target, { inFlight, seconds: 4, next: inTurn(pictures, (picture) => picture) });
  await closedLoop(target, { inFlight, seconds: cached ? 6 : 10, next });
};

/** Full load of bytes never seen before, the code warm: rate, and the gateway's own processor time per request. */
export const uncached = async (
  gateway: BenchedGateway,
  pictures: Buffer[],
  seconds: number,
): Promise<{ perSecond: number; cpuMs: number; result: LoadResult }> => {
  const load = { inFlight, next: inTurn(pictures, withNewBytes) };
  await warmUp(targetOf(gateway), pictures, { cached: true });
  const before = cpuMsOf(gateway.pid);
  const result = await closedLoop(targetOf(gateway), { ...load, seconds });
  expectOnly(result, '200');
  const cpuMs = (cpuMsOf(gateway.pid) - before) / answered(result);
  return { perSecond: answered(result) / result.seconds, cpuMs, result };
};
