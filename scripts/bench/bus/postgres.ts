import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { done, PostgresBus } from '#libs/events';
import { createLogger, projectRoot } from '#libs/platform';
import { EmbeddedPostgres } from '../../start/postgres/embedded-postgres.js';
import { SupervisedProcess } from '../../start/processes/supervised-process.js';
import { aJudgedEvent } from './judged-event.js';
import { atLeast, atMost, type BenchRow, figure, mean, percentile } from '../report.js';

const idleRounds = 150;
/** Long enough that every loop sleeps again before the next event. */
const idlePauseMs = 60;
const loadEvents = 10_000;
const publishersAtOnce = 32;
const backlogEvents = 20_000;
const batchSize = 100;

/** Handled events, and a promise of the next time that a number of them is reached. */
class Arrivals {
  readonly at = new Map<string, number>();
  private waiting: { count: number; resolve: () => void } | undefined;

  arrived(events: { event: { id: string } }[]): void {
    const now = performance.now();
    for (const { event } of events) this.at.set(event.id, now);
    if (this.waiting && this.at.size >= this.waiting.count) this.waiting.resolve();
  }

  reach(count: number): Promise<void> {
    if (this.at.size >= count) return Promise.resolve();
    return new Promise((resolve) => {
      this.waiting = { count, resolve };
    });
  }
}

/** From the start of a publish to the handler, one event at a time on an idle bus, in milliseconds. */
const idleLatencies = async (publisher: PostgresBus, arrivals: Arrivals): Promise<number[]> => {
  const latencies: number[] = [];
  for (let round = 0; round < idleRounds; round++) {
    await delay(idlePauseMs * (0.5 + Math.random()));
    const event = aJudgedEvent();
    const started = performance.now();
    await publisher.publish('content.judged', [event]);
    await arrivals.reach(arrivals.at.size + (arrivals.at.has(event.id) ? 0 : 1));
    latencies.push(arrivals.at.get(event.id)! - started);
  }
  return latencies;
};

/** Events a second, published one by one by many at once, until the last one is handled. */
const throughput = async (publisher: PostgresBus, arrivals: Arrivals): Promise<number> => {
  const events = Array.from({ length: loadEvents }, aJudgedEvent);
  const target = arrivals.at.size + events.length;
  const queue = events.values();
  const started = performance.now();
  await Promise.all(
    Array.from({ length: publishersAtOnce }, async () => {
      for (const event of queue) await publisher.publish('content.judged', [event]);
    }),
  );
  await arrivals.reach(target);
  return (events.length / (performance.now() - started)) * 1000;
};

/** Events a second that a consumer group works off when it comes back to a long queue. */
const drain = async (publisher: PostgresBus, open: () => Promise<PostgresBus>): Promise<number> => {
  for (let sent = 0; sent < backlogEvents; sent += 500)
    await publisher.publish('content.judged', Array.from({ length: 500 }, aJudgedEvent));
  const arrivals = new Arrivals();
  const consumer = await open();
  const started = performance.now();
  await subscribe(consumer, arrivals);
  await arrivals.reach(backlogEvents);
  const rate = (backlogEvents / (performance.now() - started)) * 1000;
  await consumer.close();
  return rate;
};

const subscribe = (consumer: PostgresBus, arrivals: Arrivals) =>
  consumer.subscribe(
    'content.judged',
    'review',
    (batch) => {
      arrivals.arrived(batch);
      return Promise.resolve(batch.map(done));
    },
    { batchSize, concurrency: 2 },
  );

const measure = async (url: string): Promise<BenchRow[]> => {
  const logger = createLogger('bench', 'warn');
  const open = (): Promise<PostgresBus> =>
    PostgresBus.open({ connectionString: url, logger, connections: publishersAtOnce / 4 });
  const publisher = await open();
  const consumer = await open();
  try {
    const arrivals = new Arrivals();
    await subscribe(consumer, arrivals);
    const latencies = await idleLatencies(publisher, arrivals);
    const rate = await throughput(publisher, arrivals);
    await consumer.close();
    const drainRate = await drain(publisher, open);
    return [
      atMost('idle delivery, median', 'ms', percentile(latencies, 0.5), 50),
      figure('idle delivery, p99', 'ms', percentile(latencies, 0.99)),
      figure('idle delivery, max', 'ms', Math.max(...latencies)),
      figure('idle delivery, mean', 'ms', mean(latencies)),
      atLeast(`publish to handler, one event a publish, ${publishersAtOnce} at once`, 'events/s', rate, 1000),
      figure(`working off a queue of ${backlogEvents}`, 'events/s', drainRate),
    ];
  } finally {
    await Promise.all([publisher.close(), consumer.close()]);
  }
};

/**
 * The bus on Postgres as `npm start` runs it (durable, on this machine): how soon an event arrives on an idle bus, and
 * how many a busy one moves. Publishers and consumer share this process, which costs both.
 */
export const postgresRows = async (): Promise<BenchRow[]> => {
  await mkdir(join(projectRoot, '.data', 'bench'), { recursive: true });
  const dataDir = await mkdtemp(join(projectRoot, '.data', 'bench', 'bus-'));
  // as root, Postgres runs under an account of its own, which must get through to its folder inside
  await chmod(dataDir, 0o711);
  const embedded = await EmbeddedPostgres.prepare(dataDir);
  const watcher = { started: nothing, ended: nothing, crashed: nothing, recovered: nothing };
  const postgres = new SupervisedProcess(embedded, watcher);
  try {
    await postgres.start();
    return await measure(embedded.url);
  } finally {
    await postgres.stop();
    await rm(dataDir, { recursive: true, force: true });
  }
};

const nothing = (): void => undefined;
