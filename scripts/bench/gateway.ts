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

const uncached = async (
  gateway: BenchedGateway,
  pictures: Buffer[],
): Promise<{ perSecond: number; cpuMs: number; result: LoadResult }> => {
  const load = { inFlight, next: inTurn(pictures, withNewBytes) };
  await closedLoop(targetOf(gateway), { ...load, seconds: 3 });
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
    const settled = await pauseOf(gateway, () => measureFloor(floorWork));
    const floor = between(before, settled);
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

/** The floor is measured while the gateway idles: it holds memory, but no core. */
const pauseOf = <T>(_gateway: BenchedGateway, work: () => Promise<T>): Promise<T> => work();

const between = (a: FloorResult, b: FloorResult): FloorResult => ({
  perSecond: mean([a.perSecond, b.perSecond]),
  msPerImage: mean([a.msPerImage, b.msPerImage]),
  cpuMsPerImage: mean([a.cpuMsPerImage, b.cpuMsPerImage]),
});

/** prom-client's histogram of event-loop delay starts anew at each scrape. */
const lagWhile = async <T>(
  gateway: BenchedGateway,
  work: () => Promise<T>,
): Promise<{ outcome: T; p99Ms: number; peakMb: number }> => {
  await gateway.metric('nodejs_eventloop_lag_p99_seconds');
  let peakMb = 0;
  const watch = setInterval(() => (peakMb = Math.max(peakMb, residentMb(gateway.pid))), 250);
  try {
    const outcome = await work();
    return { outcome, p99Ms: (await gateway.metric('nodejs_eventloop_lag_p99_seconds')) * 1000, peakMb };
  } finally {
    clearInterval(watch);
  }
};

const peerCpuMs = async (peer: Peer, pictures: Buffer[]): Promise<{ cpuMs: number; perSecond: number }> => {
  const target = { url: peer.url, path: '/classify', headers: { 'content-type': 'image/jpeg' } };
  const load = { inFlight, next: inTurn(pictures, withNewBytes) };
  await closedLoop(target, { ...load, seconds: 3 });
  const before = familyCpuMs(peer.pid);
  const result = await closedLoop(target, { ...load, seconds });
  expectOnly(result, '200');
  return {
    cpuMs: (familyCpuMs(peer.pid) - before) / answered(result),
    perSecond: answered(result) / result.seconds,
  };
};

/** CPU time per request beside the peers', perceptual hashing off since they have none. */
const peerRows = async (pictures: Buffer[]): Promise<BenchRow[]> => {
  if (!havePeers()) return [];
  const gateway = await startGateway({ PERCEPTUAL_HASHING: 'false' });
  const fastApi = await startFastApi(join(packFolder, 'model.onnx'));
  const nsfwjs = await startNsfwjsExpress();
  try {
    // In turn and twice, so that a noisy minute does not decide
    const rounds = [];
    for (let round = 0; round < 2; round++) {
      const ours = await uncached(gateway, pictures);
      const python = await peerCpuMs(fastApi, pictures);
      const node = await peerCpuMs(nsfwjs, pictures);
      rounds.push({ ours, python, node });
    }
    const ours = mean(rounds.map((round) => round.ours.cpuMs));
    const python = mean(rounds.map((round) => round.python.cpuMs));
    const node = mean(rounds.map((round) => round.node.cpuMs));
    return [
      figure('gateway without PDQ, CPU', 'ms/request', ours),
      figure('FastAPI + onnxruntime + Pillow, CPU', 'ms/request', python),
      figure('nsfwjs + Express, CPU', 'ms/request', node),
      figure('gateway without PDQ', 'requests/s', mean(rounds.map((round) => round.ours.perSecond))),
      figure(
        'FastAPI + onnxruntime + Pillow',
        'requests/s',
        mean(rounds.map((round) => round.python.perSecond)),
      ),
      figure('nsfwjs + Express', 'requests/s', mean(rounds.map((round) => round.node.perSecond))),
      atMost('CPU per request / FastAPI', 'ratio', ours / python, 1),
      atMost('CPU per request / nsfwjs + Express', 'ratio', ours / node, 0.2),
    ];
  } finally {
    await nsfwjs.stop();
    await fastApi.stop();
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
