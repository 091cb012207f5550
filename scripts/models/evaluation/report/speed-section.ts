import type { Evaluation } from '../evaluation.js';
import { type Block, charts, heading, table, text } from './blocks.js';
import { money, short, whole } from './format.js';
import { speedChart } from './speed-chart.js';

export const speedSection = ({ packs, prices, machine }: Evaluation): Block[] => {
  const measured = packs.filter(({ speed }) => speed);
  const [first] = measured;
  if (!first) return [];
  const { provider, threads, picture } = first.speed!;
  return [
    heading(2, 'Speed, memory and cost'),
    text(
      `Measured on ${machine.cpu} (${machine.cores} cores), provider ${provider}, with pictures of ${picture} whose resize is included; decoding is not. ` +
        `Latency: one thread that has nothing else to do. Throughput: ${threads} threads, all busy. ` +
        `Cost: ${prices.machine} at ${money(prices.perHour, prices.currency)} an hour, kept busy at its best batch size; a year has ${whole(prices.picturesPerYear)} pictures. ` +
        'Decoding, storage and idle hours come on top.',
    ),
    charts(2, [speedChart('latency', measured), speedChart('throughput', measured)]),
    table(
      'By batch size',
      ['pack', 'pictures a run', 'median', 'p95', 'runs', 'throughput', 'memory'],
      measured.flatMap(({ name, speed }) =>
        speed!.batches.map(({ batch, latencyMs, picturesPerSecond, memoryMb }) => [
          name,
          String(batch),
          `${short(latencyMs.median)} ms`,
          `${short(latencyMs.p95)} ms`,
          String(latencyMs.runs),
          `${short(picturesPerSecond)} /s`,
          `${whole(memoryMb)} MB`,
        ]),
      ),
    ),
  ];
};
