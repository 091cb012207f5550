import type { Pixels } from '#libs/domain';
import type { ModelPack } from '../packs/load-pack.js';
import { PackError } from '../packs/pack-error.js';
import { defaultProbeLimits, type Look, type ProbeLimits, type ProbeReport } from './contract.js';
import { ProbeProcess } from './probe-process.js';

/**
 * Opens a pack and shows it pictures, in a process of its own with limits of memory and time: for packs that nobody has
 * run yet, before they come near one that works.
 *
 * @param views pictures of any size, as far as the pack lets a decoder shrink them
 * @param signal ends it early; then it throws, too
 * @throws PackError naming the pack and what is wrong: with the graph, with a picture's scores, or that it takes more
 * than it may
 */
export const probePack = async (
  pack: ModelPack,
  views: AsyncIterable<Pixels> | Iterable<Pixels>,
  limits: ProbeLimits = defaultProbeLimits,
  signal?: AbortSignal,
): Promise<ProbeReport> => {
  const refuse = (reason: string): never => {
    throw new PackError(pack.manifest.name, explained(reason, limits));
  };
  if (signal?.aborted) refuse('was not tried: everything is about to stop');
  const child = new ProbeProcess(limits);
  const stop = (): void => child.kill();
  signal?.addEventListener('abort', stop);
  try {
    const opened = await child.ask({ kind: 'open', pack }, limits.openSeconds);
    if (opened.kind === 'refused') return refuse(opened.reason);
    if (opened.kind !== 'opened') return refuse('answered out of turn');
    const looks: Look[] = [];
    let peakMegabytes = 0;
    for await (const view of views) {
      const looked = await child.ask({ kind: 'look', view }, limits.lookSeconds);
      if (looked.kind === 'refused') return refuse(`picture ${looks.length + 1}: ${looked.reason}`);
      if (looked.kind !== 'looked') return refuse('answered out of turn');
      looks.push(looked.look);
      ({ peakMegabytes } = looked);
    }
    return { openMs: opened.openMs, peakMegabytes, looks };
  } finally {
    signal?.removeEventListener('abort', stop);
    child.kill();
  }
};

const explained = (reason: string, { memoryMegabytes }: ProbeLimits): string =>
  /bad_alloc|failed to allocate|allocation failed/i.test(reason)
    ? `wants more than the ${memoryMegabytes} MB of memory that it may take (${reason})`
    : reason;
