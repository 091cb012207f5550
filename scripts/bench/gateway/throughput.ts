import { type FloorResult, measureFloor } from '../floor/floor.js';
import { type BenchedGateway, startGateway } from '../gateway-process.js';
import { inTurn, openLoop } from '../load/client.js';
import { withNewBytes } from '../load/pictures.js';
import { residentMb } from '../load/process-stats.js';
import { atLeast, atMost, type BenchRow, figure, mean, percentile } from '../report.js';
import { expectOnly, packFolder, targetOf, threads, uncached } from './load.js';

/** Throughput against the floor, measured before and after it, so that a machine that slows down hurts both alike. */
export const throughputRows = async (
  kind: string,
  pictures: Buffer[],
  seconds: number,
): Promise<BenchRow[]> => {
  const floorWork = { packFolder, pictures, seconds: seconds / 2, perceptualHashing: true, threads };
  const before = await measureFloor(floorWork);
  const gateway = await startGateway();
  try {
    const lag = await lagWhile(gateway, () => uncached(gateway, pictures, seconds));
    const { perSecond, cpuMs } = lag.outcome;
    const resident = residentMb(gateway.pid);
    // The gateway idles meanwhile: it holds memory, but no core
    const floor = between(before, await measureFloor(floorWork));
    const calm = await openLoop(targetOf(gateway), {
      perSecond: perSecond * 0.7,
      seconds,
      connections: 64,
      next: inTurn(pictures, withNewBytes),
    });
    expectOnly(calm, '200');
    return [
      figure(`${kind}: floor`, 'images/s', floor.perSecond),
      figure(`${kind}: gateway, uncached`, 'requests/s', perSecond),
      atLeast(`${kind}: uncached throughput / floor`, 'ratio', perSecond / floor.perSecond, 0.9),
      figure(`${kind}: floor, CPU`, 'ms/image', floor.cpuMsPerImage),
      figure(`${kind}: gateway, CPU`, 'ms/request', cpuMs),
      figure(`${kind}: p50 at 70 % load`, 'ms', percentile(calm.latencies, 0.5)),
      atMost(
        `${kind}: p99 at 70 % load / floor's mean per image`,
        'ratio',
        percentile(calm.latencies, 0.99) / floor.msPerImage,
        4,
      ),
      atMost(`${kind}: event-loop delay p99 at full load`, 'ms', lag.p99Ms, 10),
      atMost(`${kind}: resident memory under load`, 'MB', Math.max(resident, lag.peakMb), 400),
    ];
  } finally {
    await gateway.stop();
  }
};

const between = (a: FloorResult, b: FloorResult): FloorResult => ({
  perSecond: mean([a.perSecond, b.perSecond]),
  msPerImage: mean([a.msPerImage, b.msPerImage]),
  cpuMsPerImage: mean([a.cpuMsPerImage, b.cpuMsPerImage]),
});

/** Delay and memory while something runs; the gauge of the delay starts anew at each scrape. */
const delayP99 = 'sluice_event_loop_delay_seconds{quantile="0.99"}';

const lagWhile = async <T>(
  gateway: BenchedGateway,
  work: () => Promise<T>,
): Promise<{ outcome: T; p99Ms: number; peakMb: number }> => {
  await gateway.metric(delayP99);
  let peakMb = 0;
  const watch = setInterval(() => (peakMb = Math.max(peakMb, residentMb(gateway.pid))), 250);
  try {
    const outcome = await work();
    return { outcome, p99Ms: (await gateway.metric(delayP99)) * 1000, peakMb };
  } finally {
    clearInterval(watch);
  }
};
