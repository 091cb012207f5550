import { startGateway } from '../gateway-process.js';
import { inTurn, openLoop } from '../load/client.js';
import { withNewBytes } from '../load/pictures.js';
import { residentMb } from '../load/process-stats.js';
import { atMost, type BenchRow, figure, mean, percentile } from '../report.js';
import { answered, expectOnly, targetOf, uncached } from './load.js';

const overloadSeconds = 30;
/** so long after an overload it may still be felt */
const recoverySeconds = 5;

export const overloadRows = async (pictures: Buffer[], seconds: number): Promise<BenchRow[]> => {
  const gateway = await startGateway();
  try {
    const { perSecond: capacity } = await uncached(gateway, pictures, seconds);
    const queueLimit = await gateway.metric('sluice_gateway_queue_limit');
    const next = inTurn(pictures, withNewBytes);
    const calm = await openLoop(targetOf(gateway), {
      perSecond: capacity * 0.7,
      seconds,
      connections: 64,
      next,
    });
    const memory: number[] = [];
    const watch = setInterval(() => memory.push(residentMb(gateway.pid)), 250);
    const offered = { perSecond: capacity * 10, seconds: overloadSeconds, connections: 256, next };
    const overload = await openLoop(targetOf(gateway), offered);
    clearInterval(watch);
    expectOnly(overload, '200', '503', '429');
    const after = await openLoop(targetOf(gateway), {
      perSecond: capacity * 0.7,
      seconds: recoverySeconds + 10,
      connections: 64,
      next,
    });
    const settled = after.latencies.filter((_, index) => after.moments[index]! > recoverySeconds * 1000);
    const third = Math.floor(memory.length / 3);
    const queueMs = (queueLimit / capacity) * 1000;
    return [
      figure('overload: offered', 'requests/s', (capacity * 10 * overloadSeconds) / overload.seconds),
      figure('overload: accepted / capacity', 'ratio', answered(overload) / overload.seconds / capacity),
      figure('overload: answered 503', 'requests', overload.byStatus['503'] ?? 0),
      atMost(
        "overload: p99 of accepted / queue limit's time",
        'ratio',
        percentile(overload.latencies, 0.99) / queueMs,
        2,
      ),
      atMost(
        'overload: memory, last third / first third',
        'ratio',
        mean(memory.slice(-third)) / mean(memory.slice(0, third)),
        1.1,
      ),
      atMost('overload: resident memory, peak', 'MB', Math.max(...memory), 400),
      atMost(
        `p99 from ${recoverySeconds} s after the overload / before it`,
        'ratio',
        percentile(settled, 0.99) / percentile(calm.latencies, 0.99),
        1.5,
      ),
    ];
  } finally {
    await gateway.stop();
  }
};
