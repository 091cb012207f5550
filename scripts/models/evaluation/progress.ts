import { Presets, SingleBar } from 'cli-progress';

/** Counts along, and ends. */
export interface Progress {
  step: () => void;
  stop: () => void;
}

/** A bar on a terminal; nothing where the output goes to a file. On stderr, as what is printed may be meant for one. */
export const progress = (what: string, total: number): Progress => {
  if (!process.stderr.isTTY || total === 0) return { step: () => undefined, stop: () => undefined };
  const bar = new SingleBar(
    {
      format: `${what} {bar} {value}/{total} · {duration_formatted} · {eta_formatted} to go`,
      stream: process.stderr,
      hideCursor: true,
    },
    Presets.shades_classic,
  );
  bar.start(total, 0);
  return { step: () => bar.increment(), stop: () => bar.stop() };
};
