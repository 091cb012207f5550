import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from '#libs/platform';
import { type FloorResult, measureFloor } from './floor/floor.js';
import { type BenchedGateway, startGateway } from './gateway-process.js';
import { closedLoop, inTurn, type LoadResult, openLoop, type Target } from './load/client.js';
import { largePhotos, smallPhotos, withNewBytes } from './load/pictures.js';
import { cpuMsOf, familyCpuMs, residentMb } from './load/process-stats.js';
import { havePeers, type Peer, startFastApi, startNsfwjsExpress } from './peers.js';
import { atLeast, atMost, type BenchRow, figure, mean, percentile, report } from './report.js';

const { values } = parseArgs({
  options: {
    json: { type: 'string' },
    only: { type: 'string' },
    seconds: { type: 'string', default: '15' },
  },
});
const seconds = Number(values.seconds);
const threads = availableParallelism();
const packFolder = join(projectRoot, 'models', 'nsfw-mobilenet-v2');
/** enough to keep every thread busy while others decode, receive and answer */
const inFlight = threads * 4;

const targetOf = ({ url, apiKey }: BenchedGateway): Target => ({
  url,
  path: '/v1/moderate',
  headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'image/jpeg' },
});

/** Requests of each status; a benchmark whose requests fail measures nothing. */
const expectOnly = (result: LoadResult, ...allowed: string[]): void => {
  const other = Object.entries(result.byStatus).filter(([status]) => !allowed.includes(status));
  if (other.length > 0) throw new Error(`unexpected answers: ${JSON.stringify(Object.fromEntries(other))}`);
};

const answered = (result: LoadResult): number => result.latencies.length;

/**
 * Until the code is compiled as it is in a service that has run for a minute: V8 optimises what ran thousands of times,
 * and cached answers run most of it quickly.
 */
const warmUp = async (target: Target, pictures: Buffer[], { cached }: { cached: boolean }): Promise<void> => {
  const next = inTurn(pictures, withNewBytes);
  if (cached)
    await closedLoop(target, { inFlight, seconds: 4, next: inTurn(pictures, (picture) => picture) });
  await closedLoop(target, { inFlight, seconds: cached ? 6 : 10, next });
};

const uncached = async (
  gateway: BenchedGateway,
  pictures: Buffer[],
): Promise<{ perSecond: number; cpuMs: number; result: LoadResult }> => {
  const load = { inFlight, next: inTurn(pictures, withNewBytes) };
  await warmUp(targetOf(gateway), pictures, { cached: true });
  const before = cpuMsOf(gateway.pid);
  const result = await closedLoop(targetOf(gateway), { ...load, seconds });
  expectOnly(result, '200');
  const cpuMs = (cpuMsOf(gateway.pid) - before) / answered(result);
  return { perSecond: answered(result) / result.seconds, cpuMs, result };
};

/** Throughput against the floor, measured before and after it, so that a machine that slows down hurts both alike. */
const throughputRows = async (kind: string, pictures: Buffer[]): Promise<BenchRow[]> => {
  const floorWork = { packFolder, pictures, seconds: seconds / 2, perceptualHashing: true, threads };
  const before = await measureFloor(floorWork);
  const gateway = await startGateway();
  try {
    const lag = await lagWhile(gateway, () => uncached(gateway, pictures));
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

/** A service under the same load, warm, and how its processor time is read. */
interface Contestant {
  target: Target;
  cpuMs: () => number;
}

interface Turn {
  cpuMs: number;
  perSecond: number;
}

const turnOf = async (
  { target, cpuMs }: Contestant,
  next: () => Buffer,
  turnSeconds: number,
): Promise<Turn> => {
  const before = cpuMs();
  const result = await closedLoop(target, { inFlight, seconds: turnSeconds, next });
  expectOnly(result, '200');
  return { cpuMs: (cpuMs() - before) / answered(result), perSecond: answered(result) / result.seconds };
};

/**
 * CPU time per request beside the peers', perceptual hashing off since they have none. Short turns, one after the
 * other, many times: the machine's speed drifts, and the median of the turns' ratios drifts less.
 */
const peerRows = async (pictures: Buffer[]): Promise<BenchRow[]> => {
  if (!havePeers()) return [];
  const gateway = await startGateway({ PERCEPTUAL_HASHING: 'false' });
  const peers: Peer[] = [];
  try {
    peers.push(await startFastApi(join(packFolder, 'model.onnx')), await startNsfwjsExpress());
    const us = { target: targetOf(gateway), cpuMs: () => cpuMsOf(gateway.pid) };
    const [python, node] = peers.map((peer) => ({
      target: { url: peer.url, path: '/classify', headers: { 'content-type': 'image/jpeg' } },
      cpuMs: () => familyCpuMs(peer.pid),
    })) as [Contestant, Contestant];
    const next = inTurn(pictures, withNewBytes);
    await warmUp(us.target, pictures, { cached: true });
    await warmUp(python.target, pictures, { cached: false });
    await warmUp(node.target, pictures, { cached: false });
    const turns: { us: Turn; python: Turn }[] = [];
    for (let turn = 0; turn < 12; turn++) {
      turns.push({ us: await turnOf(us, next, 3), python: await turnOf(python, next, 3) });
    }
    const slow = await turnOf(node, next, seconds);
    const beside = await turnOf(us, next, seconds);
    const median = (values: number[]): number => percentile(values, 0.5);
    return [
      figure('gateway without PDQ, CPU', 'ms/request', median(turns.map((turn) => turn.us.cpuMs))),
      figure(
        'FastAPI + onnxruntime + Pillow, CPU',
        'ms/request',
        median(turns.map((turn) => turn.python.cpuMs)),
      ),
      figure('nsfwjs + Express, CPU', 'ms/request', slow.cpuMs),
      figure('gateway without PDQ', 'requests/s', median(turns.map((turn) => turn.us.perSecond))),
      figure(
        'FastAPI + onnxruntime + Pillow',
        'requests/s',
        median(turns.map((turn) => turn.python.perSecond)),
      ),
      figure('nsfwjs + Express', 'requests/s', slow.perSecond),
      atMost(
        'CPU per request / FastAPI',
        'ratio',
        median(turns.map((turn) => turn.us.cpuMs / turn.python.cpuMs)),
        1,
      ),
      atMost('CPU per request / nsfwjs + Express', 'ratio', beside.cpuMs / slow.cpuMs, 0.2),
    ];
  } finally {
    for (const peer of peers) await peer.stop();
    await gateway.stop();
  }
};

const cacheRows = async (pictures: Buffer[]): Promise<BenchRow[]> => {
  const gateway = await startGateway();
  try {
    const fresh = await uncached(gateway, pictures);
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

const overloadSeconds = 30;
/** so long after an overload it may still be felt */
const recoverySeconds = 5;

const overloadRows = async (pictures: Buffer[]): Promise<BenchRow[]> => {
  const gateway = await startGateway();
  try {
    const { perSecond: capacity } = await uncached(gateway, pictures);
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

const small = await smallPhotos();
const large = await largePhotos();
const sections: Record<string, () => Promise<BenchRow[]>> = {
  small: () => throughputRows('40 KB', small),
  large: () => throughputRows('600 KB', large),
  peers: () => peerRows(small),
  cache: () => cacheRows(small),
  overload: () => overloadRows(small),
  hashing: async () => (await import('./hashing.js')).hashingRows(),
  case: async () => (await import('./flagged-to-case.js')).caseRows(),
};
const wanted = values.only?.split(',') ?? Object.keys(sections);
const rows: BenchRow[] = [];
for (const name of wanted) {
  const measure = sections[name];
  if (!measure) throw new Error(`no such section: ${name} (there are ${Object.keys(sections).join(', ')})`);
  rows.push(...(await measure()));
}
report(`bench:gateway, ${threads} cores`, rows);
