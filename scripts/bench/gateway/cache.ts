import { startGateway } from '../gateway-process.js';
import { closedLoop, inTurn } from '../load/client.js';
import { cpuMsOf } from '../load/process-stats.js';
import { atLeast, atMost, type BenchRow, figure, percentile } from '../report.js';
import { answered, expectOnly, targetOf, uncached } from './load.js';

/** Pictures that the cache knows, beside new ones in the same run. */
export const cacheRows = async (pictures: Buffer[], seconds: number): Promise<BenchRow[]> => {
  const gateway = await startGateway();
  try {
    const fresh = await uncached(gateway, pictures, seconds);
    const load = { inFlight: 16, next: inTurn(pictures, (picture) => picture) };
    await closedLoop(targetOf(gateway), { ...load, seconds: 3 });
    const before = cpuMsOf(gateway.pid);
    const hits = await closedLoop(targetOf(gateway), { ...load, seconds });
    expectOnly(hits, '200');
    const perSecond = answered(hits) / hits.seconds;
    return [
      figure('cache hits', 'requests/s', perSecond),
      figure('cache hits, CPU', 'ms/request', (cpuMsOf(gateway.pid) - before) / answered(hits)),
      atLeast('cache hits / uncached rate', 'ratio', perSecond / fresh.perSecond, 20),
      atLeast(
        'CPU of an uncached request / of a cache hit',
        'ratio',
        fresh.cpuMs / ((cpuMsOf(gateway.pid) - before) / answered(hits)),
        20,
      ),
      atMost('cache hits, p99', 'ms', percentile(hits.latencies, 0.99), 10),
    ];
  } finally {
    await gateway.stop();
  }
};
