import { parseArgs } from 'node:util';
import { type BenchRow, report } from './report.js';
import { exitCodeOf, measureSections } from './sections.js';

/** Loaded when it is asked for: some need a GPU, or pictures from beside the repository. */
const sections: Record<string, () => Promise<(isQuick: boolean) => Promise<BenchRow[]>>> = {
  evaluate: async () => (await import('./deep/evaluate.js')).evaluateRows,
  goods: async () => (await import('./deep/goods.js')).goodsRows,
  gpu: async () => (await import('./deep/gpu.js')).gpuRows,
  latency: async () => (await import('./deep/latency.js')).latencyRows,
  qr: async () => (await import('./deep/qr.js')).qrRows,
  reading: async () => (await import('./deep/reading.js')).readingRows,
  text: async () => (await import('./deep/text.js')).textRows,
  throughput: async () => (await import('./deep/throughput.js')).throughputRows,
};

/**
 * npm run bench:deep [-- --json FILE] [--only SECTION,…] [--quick]: the deep tier's detectors, how well they see, how long
 * they take and how much gets through. Exit code 1 when a target is missed.
 */
export const main = async (args: string[]): Promise<number> => {
  const { values } = parseArgs({
    args,
    options: {
      json: { type: 'string' },
      only: { type: 'string' },
      quick: { type: 'boolean', default: false },
      // read by the section gpu
      device: { type: 'string' },
      threads: { type: 'string' },
    },
  });
  const measured = Object.entries(sections).map(
    ([name, load]) => [name, async () => (await load())(values.quick)] as const,
  );
  const rows = await measureSections(Object.fromEntries(measured), values.only);
  report('bench:deep', rows);
  return exitCodeOf(rows);
};
