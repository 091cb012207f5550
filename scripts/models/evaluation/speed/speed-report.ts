import type { Provider } from '#libs/inference';

/** How long a pack takes and how much it gets through, for one number of pictures a run. */
export interface BatchSpeed {
  batch: number;
  /** of one run on one thread that has nothing else to do, resize included */
  latencyMs: { median: number; p95: number; runs: number };
  /** by all threads together, all kept busy */
  picturesPerSecond: number;
  /** resident memory that one thread with this pack adds to a process, at the most, in MB */
  memoryMb: number;
}

export interface SpeedReport {
  provider: Provider;
  threads: number;
  /** pixels of the pictures that are resized to the model's input, width by height */
  picture: string;
  batches: BatchSpeed[];
}

/** What is asked of the process that measures. */
export interface SpeedRequest {
  /** the pack's */
  folder: string;
  provider: Provider;
  threads: number;
  batches: number[];
  /** about how long each figure may take, in milliseconds; slow packs take longer, since a few runs are the least */
  figureMs: number;
}

export const picturesPerSecondAtBest = ({ batches }: SpeedReport): number =>
  Math.max(...batches.map((each) => each.picturesPerSecond));

export const latencyOfOne = ({ batches }: SpeedReport): BatchSpeed['latencyMs'] =>
  (batches.find(({ batch }) => batch === 1) ?? batches[0]!).latencyMs;
