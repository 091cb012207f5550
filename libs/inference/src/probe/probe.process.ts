import { readFileSync } from 'node:fs';
import { PackError } from '../packs/pack-error.js';
import { PackSession } from '../thread/pack-session.js';
import type { ProbeAnswer, ProbeRequest } from './contract.js';

/** Entry of the process that tries a pack: whatever the graph does, it does it here. */

const kilobytesInAMegabyte = 1_024;

/**
 * The most memory that this process has held. On Linux getrusage's figure would begin with that of the process which
 * started this one (its exec takes the old high-water mark over), so that of its own address space is read.
 */
const peakMegabytes = (): number => {
  const own =
    process.platform === 'linux'
      ? /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]
      : undefined;
  return Number(own ?? process.resourceUsage().maxRSS) / kilobytesInAMegabyte;
};

const ownMegabytes = peakMegabytes();
let session: PackSession | undefined;

const answer = async (request: ProbeRequest): Promise<ProbeAnswer> => {
  if (request.kind === 'open') {
    const started = performance.now();
    session = await PackSession.open(request.pack, { provider: 'cpu', maxBatch: 1 });
    return { kind: 'opened', openMs: performance.now() - started };
  }
  const before = process.cpuUsage();
  const { outputs, resizeMs, runMs } = await session!.run([request.view]);
  const { user, system } = process.cpuUsage(before);
  const [outcome] = outputs;
  if (!outcome!.ok) return { kind: 'refused', reason: outcome!.detail };
  const look = { ...outcome!.value, resizeMs, runMs, cpuMs: (user + system) / 1_000 };
  return { kind: 'looked', look, peakMegabytes: peakMegabytes() - ownMegabytes };
};

process.on('message', (request: ProbeRequest) => {
  answer(request).then(
    (said) => process.send!(said),
    (error: unknown) =>
      process.send!({
        kind: 'refused',
        reason: error instanceof PackError ? error.reason : (error as Error).message,
      }),
  );
});
// nobody is left to answer
process.on('disconnect', () => process.exit());
