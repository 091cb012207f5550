import { planUpload } from './plan.js';
import type { Uploader } from './uploader.js';

export interface LoadOptions {
  seed: number;
  uploads: number;
  concurrency: number;
  /** told before each upload begins */
  onBegin: (number: number) => void;
  signal: AbortSignal;
}

/** So many uploads, so many at once. */
export const uploadAll = async (uploader: Uploader, options: LoadOptions): Promise<void> => {
  const { seed, uploads, concurrency, onBegin, signal } = options;
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < uploads && !signal.aborted) {
      const number = next++;
      onBegin(number);
      await uploader.upload(planUpload(seed, number), signal);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, client));
};

/** Callers who gave up come back with the same request. */
export const repeatAll = async (
  uploader: Uploader,
  seed: number,
  numbers: number[],
  { attempts, atOnce, signal }: { attempts: number; atOnce: number; signal: AbortSignal },
): Promise<void> => {
  const queue = numbers.values();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      for (const number of queue) await uploader.repeat(planUpload(seed, number), attempts, signal);
    }),
  );
};
