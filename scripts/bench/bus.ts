import { chmod, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { EventOn } from '#libs/domain';
import { done, PostgresBus } from '#libs/events';
import { createLogger, newId, projectRoot } from '#libs/platform';
import { EmbeddedPostgres } from '../start/postgres/embedded-postgres.js';
import { SupervisedProcess } from '../start/processes/supervised-process.js';
import { atLeast, atMost, type BenchRow, figure, mean, percentile, report } from './report.js';

const idleRounds = 150;
/** Long enough that every loop sleeps again before the next event. */
const idlePauseMs = 60;
const loadEvents = 10_000;
const publishersAtOnce = 32;
const backlogEvents = 20_000;
const batchSize = 100;

type Judged = EventOn<'content.judged'>;

const aJudgedEvent = (): Judged => {
  const id = newId();
  const at = new Date().toISOString();
  return {
    specversion: '1.0',
    id: `${id}:content.judged`,
    source: 'sluice/bench',
    type: 'sluice.content.judged.v1',
    subject: id,
    time: at,
    datacontenttype: 'application/json',
    data: {
      content: {
        id,
        sha256: 'a'.repeat(64),
        pdq: 'b'.repeat(64),
        pdqQuality: 100,
        mediaType: 'image/jpeg',
        width: 500,
        height: 375,
        bytes: 40_211,
        surface: 'default',
        reference: null,
        apiKeyId: id,
        blobKey: null,
        receivedAt: at,
      },
      judgement: {
        key: 'fast',
        tier: 'fast',
        verdict: 'allow',
        policy: { name: 'default', version: 1 },
        categories: {
          'sexual/explicit': { score: 0.012, verdict: 'allow' },
          'sexual/suggestive': { score: 0.03, verdict: 'allow' },
        },
        reasons: [],
        models: [{ name: 'nsfw-mobilenet-v2', version: '1.0.0', tier: 'fast' }],
        at,
      },
    },
  };
};

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
export const busRows = async (): Promise<BenchRow[]> => {
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

/** npm run bench:bus [-- --json FILE] */
export const main = async (): Promise<number> => {
  const rows = await busRows();
  report('bus', rows);
  return rows.every(({ holds }) => holds !== false) ? 0 : 1;
};
