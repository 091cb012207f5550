import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import pg from 'pg';
import { BusUnavailable, InvalidEvent, PostgresBus, type DeliveryOptions } from '#libs/events';
import { createLogger } from '#libs/platform';
import { aContent } from '../../builders/content.builder.js';
import { aFlaggedEvent, aSubmittedEvent } from '../../builders/event.builder.js';
import { eventBusContract } from '../../contracts/event-bus.contract.js';
import { eventually } from '../eventually.js';
import { Recorder } from '../../contracts/recorder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { startPostgres } from '../postgres-server.mjs';

/** Bounds only a failing test: retries alone take seconds. */
jest.setTimeout(60_000);

const logger = createLogger('bus-test', 'silent');
const delivery: DeliveryOptions = { leaseSeconds: 1, maxAttempts: 3, firstRetrySeconds: 1, pollMs: 200 };
const openBus = (url: string, options: Partial<DeliveryOptions> = {}): Promise<PostgresBus> =>
  PostgresBus.open({ connectionString: url, logger, delivery: { ...delivery, ...options } });

const run = async (url: string, sql: string, values: unknown[] = []): Promise<unknown[]> => {
  const client = new pg.Client(url);
  await client.connect();
  try {
    return (await client.query(sql, values)).rows as unknown[];
  } finally {
    await client.end();
  }
};

eventBusContract('The Postgres bus', async () => {
  const database = await createTestDatabase();
  return {
    openBus: () => openBus(database.url),
    spawnStuckConsumer: (topic, group) =>
      spawn(
        process.execPath,
        [
          fileURLToPath(new URL('stuck-consumer.mjs', import.meta.url)),
          database.url,
          topic,
          group,
          JSON.stringify(delivery),
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      ),
    inject: async (topic, payload) => {
      await run(
        database.url,
        `INSERT INTO pgboss.job (name, data, dead_letter)
         SELECT name, $2, dead_letter FROM pgboss.queue WHERE name LIKE $1 || '.%' AND dead_letter IS NOT NULL`,
        [topic, payload],
      );
    },
    leastRetryMs: (attempt) => delivery.firstRetrySeconds * 1000 * 2 ** (attempt - 1),
    maxAttempts: delivery.maxAttempts,
    // the lease, a third of it until that is noticed, the first retry's wait with its jitter, a poll; and a second
    redeliveryMs:
      ((delivery.leaseSeconds * 4) / 3) * 1000 +
      2 * delivery.firstRetrySeconds * 1000 +
      delivery.pollMs +
      1000,
    dispose: () => database.drop(),
  };
});

describe('The Postgres bus', () => {
  let database: TestDatabase;
  let bus: PostgresBus | undefined;
  beforeEach(async () => {
    database = await createTestDatabase();
  });
  afterEach(async () => {
    await bus?.close();
    bus = undefined;
    await database.drop();
  });
  const neverPolls = 3_600_000;

  it('can be opened by many apps at the same moment', async () => {
    const buses = await Promise.all(Array.from({ length: 6 }, () => openBus(database.url)));
    await Promise.all(buses.map((each) => each.check()));
    await Promise.all(buses.map((each) => each.close()));
  });

  it('takes new delivery options over into queues that stand already', async () => {
    await (await openBus(database.url)).close();
    bus = await openBus(database.url, { maxAttempts: 7 });
    const rows = await run(
      database.url,
      'SELECT DISTINCT retry_limit FROM pgboss.queue WHERE dead_letter IS NOT NULL',
    );
    expect(rows).toEqual([{ retry_limit: 6 }]);
  });

  it('announces events: they arrive without any poll', async () => {
    bus = await openBus(database.url, { pollMs: neverPolls });
    const recorder = new Recorder<'content.submitted'>();
    await bus.subscribe('content.submitted', 'worker', recorder.handler);
    for (const event of [aSubmittedEvent(), aSubmittedEvent(), aSubmittedEvent()]) {
      await bus.publish('content.submitted', [event]);
      await eventually(() => expect(recorder.ids()).toContain(event.id));
    }
  });

  it('delivers by polling what was never announced', async () => {
    bus = await openBus(database.url);
    const recorder = new Recorder<'content.submitted'>();
    await bus.subscribe('content.submitted', 'worker', recorder.handler);
    const event = aSubmittedEvent();
    await run(database.url, 'INSERT INTO pgboss.job (name, data) VALUES ($1, $2)', [
      'content.submitted.worker',
      event,
    ]);
    await eventually(() => expect(recorder.ids()).toEqual([event.id]));
  });

  it('listens again after its connections were cut', async () => {
    bus = await openBus(database.url, { pollMs: neverPolls });
    const recorder = new Recorder<'content.submitted'>();
    await bus.subscribe('content.submitted', 'worker', recorder.handler);
    const listeners = `SELECT pid FROM pg_stat_activity
      WHERE datname = current_database() AND query LIKE 'LISTEN%sluice_bus%' AND pid <> pg_backend_pid()`;
    const [before] = await run(database.url, listeners);
    await run(
      database.url,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'sluice%'
          AND application_name <> 'sluice-test'`,
    );
    await eventually(async () => {
      const after = await run(database.url, listeners);
      expect(after).toHaveLength(1);
      expect(after).not.toEqual([before]);
    });
    const event = aSubmittedEvent();
    await bus.publish('content.submitted', [event]);
    await eventually(() => expect(recorder.ids()).toEqual([event.id]));
  });

  it('publishes within a transaction of the caller: with its commit, or not at all', async () => {
    bus = await openBus(database.url, { pollMs: neverPolls });
    const recorder = new Recorder<'content.submitted'>();
    await bus.subscribe('content.submitted', 'worker', recorder.handler);
    const [kept, lost] = [aSubmittedEvent(), aSubmittedEvent()];
    const publisher = bus;
    await expect(
      database.dataSource.transaction(async (manager) => {
        await publisher.publishWithin(manager, 'content.submitted', [lost]);
        throw new Error('changed my mind');
      }),
    ).rejects.toThrow('changed my mind');
    await database.dataSource.transaction((manager) =>
      publisher.publishWithin(manager, 'content.submitted', [kept]),
    );
    await eventually(() => expect(recorder.ids()).toEqual([kept.id]));
    expect((await bus.backlog('content.submitted', 'review')).waiting).toBe(1);
  });

  it('refuses text that Postgres cannot hold, and says that it is the event', async () => {
    bus = await openBus(database.url);
    const event = aSubmittedEvent(aContent({ reference: 'a\0b' }));
    await expect(bus.publish('content.submitted', [event])).rejects.toThrow(InvalidEvent);
  });

  it('lets an event that cannot be stored fail alone among all that are published at the same moment', async () => {
    bus = await openBus(database.url);
    const recorder = new Recorder<'content.submitted'>();
    await bus.subscribe('content.submitted', 'worker', recorder.handler);
    const events = Array.from({ length: 50 }, (_, at) =>
      aSubmittedEvent(aContent({ reference: at === 30 ? 'a\0b' : null })),
    );
    const publisher = bus;
    const accepted = await Promise.allSettled(
      events.map((event) => publisher.publish('content.submitted', [event])),
    );
    expect(accepted.map(({ status }) => status)).toEqual(
      events.map((_, at) => (at === 30 ? 'rejected' : 'fulfilled')),
    );
    const stored = events.filter((_, at) => at !== 30).map(({ id }) => id);
    await eventually(() => expect(recorder.ids()).toEqual(stored.sort()));
  });

  it('does not sort a long queue to find its oldest events', async () => {
    bus = await openBus(database.url);
    const waiting = `SELECT id FROM pgboss.job WHERE name = 'content.judged.review'
      AND state < 'active' AND start_after < now() ORDER BY created_on, id LIMIT 100`;
    await run(
      database.url,
      `INSERT INTO pgboss.job (name, data, created_on)
       SELECT 'content.judged.review', '{}', now() - at * interval '1 ms' FROM generate_series(1, 20000) AS at`,
    );
    await run(database.url, 'ANALYZE pgboss.job');
    const plan = JSON.stringify(await run(database.url, `EXPLAIN ${waiting}`));
    expect(plan).toMatch(/Index Scan using \w+_old/);
    expect(plan).not.toContain('Sort');
    const silent = `SELECT id FROM pgboss.job WHERE state = 'active' AND started_on + expire_in < now()`;
    expect(JSON.stringify(await run(database.url, `EXPLAIN ${silent}`))).toMatch(/Scan (on|using) \w+_act/);
  });

  it('leaves nothing in its tables of events that are done', async () => {
    bus = await openBus(database.url);
    const recorder = new Recorder<'content.submitted'>();
    await bus.subscribe('content.submitted', 'worker', recorder.handler);
    await bus.subscribe('content.submitted', 'review', recorder.handler);
    await bus.publish('content.submitted', [aSubmittedEvent(), aSubmittedEvent()]);
    await eventually(async () => {
      expect(recorder.handled).toBe(4);
      expect(await run(database.url, 'SELECT count(*)::int AS jobs FROM pgboss.job')).toEqual([{ jobs: 0 }]);
    });
  });
});

describe('The Postgres bus, when Postgres goes away', () => {
  let server: { url: string; stop: () => Promise<void> } | undefined;
  beforeAll(async () => {
    server = await startPostgres();
  });
  afterAll(() => server?.stop());

  it('says that it is unavailable, and closes nevertheless', async () => {
    const { url, stop } = server!;
    const bus = await openBus(url);
    await bus.subscribe('content.flagged', 'worker', new Recorder<'content.flagged'>().handler);
    await bus.publish('content.flagged', [aFlaggedEvent()]);
    await stop();
    await expect(bus.publish('content.flagged', [aFlaggedEvent()])).rejects.toThrow(BusUnavailable);
    await expect(bus.check()).rejects.toThrow(BusUnavailable);
    await expect(openBus(url)).rejects.toThrow(BusUnavailable);
    await bus.close();
  });
});
