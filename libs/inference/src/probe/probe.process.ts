import { PackError } from '../packs/pack-error.js';
import { PackSession } from '../thread/pack-session.js';
import type { ProbeAnswer, ProbeRequest } from './contract.js';

/** Entry of the process that tries a pack: whatever the graph does, it does it here. */

/** resourceUsage gives kilobytes. */
const kilobytesInAMegabyte = 1_024;
const peakMegabytes = (): number => process.resourceUsage().maxRSS / kilobytesInAMegabyte;

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
