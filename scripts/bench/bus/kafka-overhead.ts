import { KafkaBroker } from '../../services/kafka-broker.js';
import { atLeast, type BenchRow, figure, percentile } from '../report.js';
import { MeasuringProcess } from './measuring-process.js';
import type { Turn, TurnCost } from './overhead-side.js';

const sides = ['bare', 'bare-json', 'ours'] as const;
type SideName = (typeof sides)[number];
type Processes = Record<SideName, MeasuringProcess<Turn, TurnCost>>;

const shapes = (isQuick: boolean): { name: string; turn: Turn }[] => [
  {
    name: '1 event a publish, 32 at once',
    turn: { events: isQuick ? 5_000 : 20_000, publishers: 32, together: 1 },
  },
  {
    name: '100 events a publish, 4 at once',
    turn: { events: isQuick ? 20_000 : 80_000, publishers: 4, together: 100 },
  },
];

/**
 * What the project's adapter costs over kafkajs alone: publish, consume, an empty handler, resolve. Each side has a
 * process and a topic of its own on the same broker, and they take turns.
 */
export const overheadRows = async (isQuick: boolean): Promise<BenchRow[]> => {
  const broker = await KafkaBroker.start();
  const processes: Partial<Processes> = {};
  try {
    for (const side of sides) processes[side] = await startSide(side, broker.brokers);
    const rows: BenchRow[] = [];
    for (const { name, turn } of shapes(isQuick))
      rows.push(...(await compare(name, turn, processes as Processes, isQuick ? 3 : 7)));
    return rows;
  } finally {
    await Promise.all(Object.values(processes).map((each) => each.stop()));
    await broker.remove();
  }
};

const startSide = (side: SideName, brokers: string): Promise<MeasuringProcess<Turn, TurnCost>> =>
  MeasuringProcess.start('overhead-side', [side, brokers]);

const compare = async (
  name: string,
  turn: Turn,
  processes: Processes,
  rounds: number,
): Promise<BenchRow[]> => {
  // compiles what is hot, and fills the broker's caches
  for (const side of sides) await processes[side].ask(turn);
  const costs: Record<SideName, TurnCost[]> = { bare: [], 'bare-json': [], ours: [] };
  for (let round = 0; round < rounds; round++) {
    // every other round the other way, so that none always has the warmer machine
    for (const side of round % 2 === 0 ? sides : sides.toReversed())
      costs[side].push(await processes[side].ask(turn));
  }
  const rate = (side: SideName): number => median(costs[side].map(({ perSecond }) => perSecond));
  const cpu = (side: SideName): number => median(costs[side].map(({ cpuUsPerEvent }) => cpuUsPerEvent));
  const ratioTo = (side: SideName): number =>
    median(costs.ours.map(({ perSecond }, round) => perSecond / costs[side][round]!.perSecond));
  return [
    figure(`${name}: bare kafkajs, bytes as they are`, 'events/s', rate('bare')),
    figure(`${name}: bare kafkajs, JSON made and read`, 'events/s', rate('bare-json')),
    figure(`${name}: this bus`, 'events/s', rate('ours')),
    atLeast(`${name}: this bus / bare kafkajs`, 'ratio', ratioTo('bare'), 0.8),
    figure(`${name}: this bus / bare kafkajs with JSON`, 'ratio', ratioTo('bare-json')),
    figure(`${name}: bare kafkajs, CPU`, 'µs/event', cpu('bare')),
    figure(`${name}: bare kafkajs with JSON, CPU`, 'µs/event', cpu('bare-json')),
    figure(`${name}: this bus, CPU`, 'µs/event', cpu('ours')),
  ];
};

const median = (values: number[]): number => percentile(values, 0.5);
