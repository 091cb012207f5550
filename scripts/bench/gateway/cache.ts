import { GatewayClient } from '../../client/sluice-client.js';
import { type BenchedGateway, startGateway } from '../gateway-process.js';
import { closedLoop, inTurn } from '../load/client.js';
import { cpuMsOf } from '../load/process-stats.js';
import { atLeast, atMost, type BenchRow, figure, percentile } from '../report.js';
import { answered, expectOnly, inFlight, targetOf, uncached } from './load.js';

/** Those that are allowed for good. What is flagged waits for the bus before its answer, cached or not. */
const allowed = async (gateway: BenchedGateway, pictures: Buffer[]): Promise<Buffer[]> => {
  const client = new GatewayClient(gateway.url, gateway.apiKey);
  const answers = await Promise.all(pictures.map((bytes) => client.moderate({ bytes })));
  return pictures.filter((_, index) => answers[index]!.verdict === 'allow' && answers[index]!.final);
};

/** Pictures that the cache knows, beside new ones in the same run. */
export const cacheRows = async (pictures: Buffer[], seconds: number): Promise<BenchRow[]> => {
  const gateway = await startGateway();
  try {
    const fresh = await uncached(gateway, pictures, seconds);
    const settled = await allowed(gateway, pictures);
    const load = { inFlight, next: inTurn(settled, (picture) => picture) };
    await closedLoop(targetOf(gateway), { ...load, seconds: 3 });
    const before = cpuMsOf(gateway.pid);
    const hits = await closedLoop(targetOf(gateway), { ...load, seconds });
    expectOnly(hits, '200');
    const hitCpuMs = (cpuMsOf(gateway.pid) - before) / answered(hits);
    const all = await closedLoop(targetOf(gateway), {
      inFlight,
      seconds,
      next: inTurn(pictures, (picture) => picture),
    });
    const perSecond = answered(hits) / hits.seconds;
    return [
      figure('cache hits', 'requests/s', perSecond),
      figure('cache hits, CPU', 'ms/request', hitCpuMs),
      atLeast('cache hits / uncached rate', 'ratio', perSecond / fresh.perSecond, 20),
      atLeast('CPU of an uncached request / of a cache hit', 'ratio', fresh.cpuMs / hitCpuMs, 20),
      atMost('cache hits, p99', 'ms', percentile(hits.latencies, 0.99), 10),
      figure('the same with flagged pictures among them', 'requests/s', answered(all) / all.seconds),
      figure('the same with flagged pictures among them, p99', 'ms', percentile(all.latencies, 0.99)),
    ];
  } finally {
    await gateway.stop();
  }
};
