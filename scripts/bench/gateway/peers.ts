import { join } from 'node:path';
import { startGateway } from '../gateway-process.js';
import { closedLoop, inTurn, type Target } from '../load/client.js';
import { withNewBytes } from '../load/pictures.js';
import { cpuMsOf, familyCpuMs } from '../load/process-stats.js';
import { havePeers, type Peer, startFastApi, startNsfwjsExpress } from '../peers.js';
import { atMost, type BenchRow, figure, percentile } from '../report.js';
import { answered, expectOnly, inFlight, packFolder, targetOf, warmUp } from './load.js';

/** A service under the same load, warm, and how its processor time is read. */
interface Contestant {
  target: Target;
  cpuMs: () => number;
}

const contestant = ({ url, pid }: Peer): Contestant => ({
  target: { url, path: '/classify', headers: { 'content-type': 'image/jpeg' } },
  cpuMs: () => familyCpuMs(pid),
});

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
export const peerRows = async (pictures: Buffer[], seconds: number): Promise<BenchRow[]> => {
  if (!havePeers()) return [];
  const gateway = await startGateway({ PERCEPTUAL_HASHING: 'false' });
  const peers: Peer[] = [];
  try {
    const fastApi = await startFastApi(join(packFolder, 'model.onnx'));
    peers.push(fastApi);
    const nsfwjs = await startNsfwjsExpress();
    peers.push(nsfwjs);
    const us = { target: targetOf(gateway), cpuMs: () => cpuMsOf(gateway.pid) };
    const python = contestant(fastApi);
    const node = contestant(nsfwjs);
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
