import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { queueWebhook, WebhookDeliveryEntity, WebhookEndpointEntity } from '#libs/database';
import { newId } from '#libs/platform';
import {
  DeliveryQueueRepository,
  type Finished,
  type TakenDelivery,
} from '../../../apps/review/src/webhooks/delivery/delivery-queue.repository.js';
import { UpkeepRepository } from '../../../apps/review/src/webhooks/delivery/upkeep.repository.js';
import { DeliveriesRepository } from '../../../apps/review/src/webhooks/log/deliveries.repository.js';
import type { Attempt } from '../../../apps/review/src/webhooks/sending/webhook-sender.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { eventually } from '../eventually.js';

const hourMs = 3_600_000;
const settings = {
  concurrency: 4,
  timeoutMs: 5_000,
  retry: { firstMs: hourMs, longestMs: hourMs, windowMs: 24 * hourMs },
  breaker: { threshold: 1_000, firstMs: 60_000, longestMs: 60_000 },
};
const well: Attempt = { error: null, status: 200, response: '', durationMs: 1 };
const badly: Attempt = { error: 'refused', status: 500, response: 'no', durationMs: 1 };

describe('the queue of webhook deliveries', () => {
  let database: TestDatabase;
  let queue: DeliveryQueueRepository;
  let upkeep: UpkeepRepository;
  let endpointId: string;

  beforeAll(async () => {
    database = await createTestDatabase({ poolSize: 20 });
    queue = new DeliveryQueueRepository(database.dataSource);
    upkeep = new UpkeepRepository(database.dataSource);
  });
  beforeEach(async () => {
    await database.dataSource.query('DELETE FROM webhook_delivery');
    await database.dataSource.query('DELETE FROM webhook_endpoint');
    endpointId = await anEndpoint();
  });
  afterAll(() => database.drop());

  const anEndpoint = async (): Promise<string> => {
    const id = newId();
    await database.dataSource.getRepository(WebhookEndpointEntity).insert({
      id,
      url: 'https://example.org/',
      eventTypes: ['content.verdict'],
      secret: Buffer.from('sealed'),
    });
    return id;
  };
  const add = (...contentIds: string[]): Promise<void> =>
    database.dataSource.transaction((transaction) =>
      queueWebhook(
        transaction,
        contentIds.map((contentId, at) => ({ type: 'content.verdict', contentId, data: { at } })),
      ),
    );
  const some = (count: number): string[] => Array.from({ length: count }, () => randomUUID());
  const step = (finished: Finished[] = [], change: Partial<typeof settings> = {}) =>
    queue.step(endpointId, finished, { ...settings, ...change });
  const ended = (deliveries: TakenDelivery[], attempt: Attempt): Finished[] =>
    deliveries.map((delivery) => ({ delivery, attempt }));
  const rows = () =>
    database.dataSource.getRepository(WebhookDeliveryEntity).find({ order: { sequence: 'ASC' } });
  const set = (assignment: string): Promise<unknown> =>
    database.dataSource.query(`UPDATE webhook_delivery SET ${assignment}`);
  const atOf = ({ body }: TakenDelivery) => body.data['at'];

  it('gives no more than the endpoint takes at once, however many ask at the same time', async () => {
    await add(...some(200));
    const all = new Set<string>();
    let underWay: TakenDelivery[] = [];
    for (let round = 0; round < 20; round++) {
      const finished = ended(underWay.splice(0, 1 + (round % 4)), round % 2 === 0 ? well : badly);
      const steps = await Promise.all(
        Array.from({ length: 10 }, (_, at) => step(finished.filter((_each, place) => place % 10 === at))),
      );
      underWay = [...underWay, ...steps.flatMap(({ taken }) => taken)];
      expect(underWay).toHaveLength(4);
      for (const { id } of underWay) all.add(id);
    }
    expect(all.size).toBeGreaterThan(40);
  });

  it('waits for another who is taking, and counts what that one took', async () => {
    await add(...some(50));
    let mine: Promise<{ taken: TakenDelivery[] }> | undefined;
    await database.dataSource.transaction(async (transaction) => {
      await transaction.query('SELECT FROM webhook_endpoint FOR NO KEY UPDATE');
      mine = step();
      await eventually(async () => {
        const waiting: unknown[] = await database.dataSource.query(
          `SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        );
        expect(waiting).toHaveLength(1);
      });
      await transaction.query(
        `UPDATE webhook_delivery SET lease_token = gen_random_uuid(), next_attempt_at = now() + interval '1 h'
         WHERE id IN (SELECT id FROM webhook_delivery LIMIT 3)`,
      );
    });
    expect((await mine!).taken).toHaveLength(1);
  });

  it('gives one event of a content at a time, in order, whoever asks', async () => {
    const contents = some(5);
    await add(...contents, ...contents, ...contents);
    const twoAtOnce = (): Promise<unknown[]> =>
      database.dataSource.query(
        `SELECT content_id FROM webhook_delivery WHERE lease_token IS NOT NULL GROUP BY content_id HAVING count(*) > 1`,
      );
    const order = new Map<string, unknown[]>(contents.map((id) => [id, []]));
    const dispatchers = Array.from({ length: 3 }, async () => {
      let finished: Finished[] = [];
      for (let idle = 0; idle < 20;) {
        const { taken } = await step(finished);
        idle = taken.length > 0 ? 0 : idle + 1;
        for (const delivery of taken) {
          order.get(delivery.body.contentId!)!.push(atOf(delivery));
        }
        expect(await twoAtOnce()).toEqual([]);
        finished = ended(taken, well);
      }
    });
    await Promise.all(dispatchers);
    contents.forEach((id, at) => expect(order.get(id)).toEqual([at, at + 5, at + 10]));
    expect((await rows()).every(({ state }) => state === 'delivered')).toBe(true);
  });

  it('keeps a later event back while the earlier waits to be tried again, and gives it once that has failed for good', async () => {
    const content = randomUUID();
    await add(content, content);
    const [first] = (await step()).taken;
    expect((await step(ended([first!], badly))).taken).toEqual([]);
    await set('next_attempt_at = now()');
    const [again] = (await step()).taken;
    expect(again).toMatchObject({ id: first!.id, attempt: 2 });
    const over = { retry: { ...settings.retry, windowMs: 0 } };
    const { taken } = await step(ended([again!], badly), over);
    expect(taken.map(atOf)).toEqual([1]);
    expect((await rows()).map(({ state, error }) => ({ state, error }))).toEqual([
      { state: 'failed', error: 'refused' },
      { state: 'waiting', error: null },
    ]);
  });

  it('gets past a long line behind one content to the others', async () => {
    const [stuck, free] = [randomUUID(), randomUUID()];
    await add(...Array.from({ length: 400 }, () => stuck), free);
    const { taken } = await step([], { concurrency: 1 });
    await step(ended(taken, badly), { concurrency: 1 });
    let steps = 0;
    for (;;) {
      const next = await step();
      steps++;
      if (next.taken.length > 0) {
        expect(next.taken.map(({ body }) => body.contentId)).toEqual([free]);
        break;
      }
      expect(next.again).toBe(true);
    }
    expect(steps).toBeLessThan(15);
    // and the line is not walked again
    expect(await queue.dueEndpoints()).toEqual([]);
  });

  it('gives what a dead process had to another, and drops what the dead one says later', async () => {
    await add(randomUUID());
    const [lost] = (await step()).taken;
    expect((await step()).taken).toEqual([]);
    await set(`next_attempt_at = now() - interval '1 s'`);
    const [again] = (await step()).taken;
    expect(again).toMatchObject({ id: lost!.id, attempt: 2 });
    expect(again!.leaseToken).not.toBe(lost!.leaseToken);
    await step(ended([lost!], badly));
    expect(await rows()).toMatchObject([{ state: 'waiting', leaseToken: again!.leaseToken }]);
    await step(ended([again!], well));
    expect(await rows()).toMatchObject([{ state: 'delivered', attempts: 2 }]);
  });

  it('takes back what was not tried, without counting it', async () => {
    await add(randomUUID());
    const { taken } = await step();
    await queue.putBack(taken);
    expect(await rows()).toMatchObject([{ state: 'waiting', attempts: 0, leaseToken: null }]);
    expect((await step()).taken).toHaveLength(1);
  });

  it('does not wait for transactions that queue, nor they for it', async () => {
    await add(randomUUID());
    await database.dataSource.transaction(async (transaction) => {
      await queueWebhook(transaction, [{ type: 'content.verdict', contentId: randomUUID(), data: {} }]);
      const { taken } = await step();
      await step(ended(taken, well));
      await queueWebhook(transaction, [{ type: 'content.verdict', contentId: randomUUID(), data: {} }]);
    });
    expect((await step()).taken).toHaveLength(2);
  });

  describe('with a circuit breaker', () => {
    const breaker = { threshold: 3, firstMs: 60_000, longestMs: 60_000 };

    it('gives nothing once so many attempts in a row have failed, then one at a time until one succeeds', async () => {
      await add(...some(20));
      const { taken } = await step([], { breaker });
      expect(await queue.dueEndpoints()).toEqual([endpointId]);
      expect((await step(ended(taken, badly), { breaker })).taken).toEqual([]);
      expect(await queue.dueEndpoints()).toEqual([]);
      const reopen = () => database.dataSource.query('UPDATE webhook_endpoint SET open_until = now()');
      await reopen();
      const [trial, ...others] = (await step([], { breaker })).taken;
      expect(others).toEqual([]);
      expect((await step([], { breaker })).taken).toEqual([]);
      expect((await step(ended([trial!], badly), { breaker })).taken).toEqual([]);
      await reopen();
      const [second] = (await step([], { breaker })).taken;
      expect((await step(ended([second!], well), { breaker })).taken).toHaveLength(4);
      const endpoint = await database.dataSource
        .getRepository(WebhookEndpointEntity)
        .findOneByOrFail({ id: endpointId });
      expect(endpoint).toMatchObject({ failures: 0, openUntil: null });
    });

    it('tries at once what somebody asks for by hand', async () => {
      await add(...some(3));
      const { taken } = await step([], { breaker });
      await step(ended(taken, badly), { breaker });
      const log = new DeliveriesRepository(database.dataSource);
      await log.redeliver({ kind: 'system' }, endpointId, taken[1]!.id);
      expect((await step([], { breaker })).taken.map(({ id }) => id)).toEqual([taken[1]!.id]);
    });
  });

  describe('as time passes', () => {
    const windowMs = settings.retry.windowMs;

    it('ends what is past its time and was tried in vain, and leaves what nobody could try', async () => {
      await add(randomUUID());
      const { taken } = await step();
      await step(ended(taken, badly));
      await add(randomUUID());
      expect(await upkeep.expire(windowMs)).toBe(0);
      await set(`retry_since = now() - interval '25 h'`);
      expect(await upkeep.expire(windowMs)).toBe(1);
      expect((await rows()).map(({ state, error }) => [state, error])).toEqual([
        ['failed', 'expired'],
        ['waiting', null],
      ]);
      await database.dataSource.query('UPDATE webhook_endpoint SET open_until = now()');
      expect(await upkeep.expire(windowMs)).toBe(1);
    });

    it('leaves what is under way', async () => {
      await add(randomUUID());
      await step();
      await set(`retry_since = now() - interval '25 h'`);
      expect(await upkeep.expire(windowMs)).toBe(0);
    });

    it('ends what waits for a deleted endpoint, and forgets both after their days', async () => {
      await add(...some(3));
      await database.dataSource.query('UPDATE webhook_endpoint SET deleted_at = now(), secret = NULL');
      expect(await queue.dueEndpoints()).toEqual([]);
      expect((await step()).taken).toEqual([]);
      expect(await upkeep.expire(windowMs)).toBe(3);
      expect(await upkeep.forget(30)).toBe(0);
      await set(`ended_at = now() - interval '31 days'`);
      await upkeep.forgetEndpoints();
      expect(await database.dataSource.getRepository(WebhookEndpointEntity).count()).toBe(1);
      expect(await upkeep.forget(30)).toBe(3);
      await upkeep.forgetEndpoints();
      expect(await database.dataSource.getRepository(WebhookEndpointEntity).count()).toBe(0);
    });

    it('never forgets what waits', async () => {
      await add(randomUUID());
      await set(`created_at = now() - interval '99 days'`);
      expect(await upkeep.forget(1)).toBe(0);
      const [standing] = await upkeep.standings();
      expect(standing).toMatchObject({ id: endpointId, failures: 0, openUntil: null });
      expect(standing!.oldestSeconds).toBeGreaterThan(98 * 86_400);
    });

    it('is the business of one process at a time', async () => {
      let others = 0;
      await upkeep.alone(async () => {
        await upkeep.alone(() => Promise.resolve(void others++));
      });
      expect(others).toBe(0);
      await upkeep.alone(() => Promise.resolve(void others++));
      expect(others).toBe(1);
    });
  });

  it('gets its plans: what is due is read from an index, and stops early', async () => {
    await database.dataSource.query(
      `INSERT INTO webhook_delivery (id, endpoint_id, event_id, type, content_id, data, state, ended_at, next_attempt_at)
       SELECT gen_random_uuid(), $1, gen_random_uuid(), 'content.verdict', gen_random_uuid(), '{}',
              CASE WHEN n % 10 = 0 THEN 'waiting' ELSE 'delivered' END, CASE WHEN n % 10 = 0 THEN NULL ELSE now() END, now()
       FROM generate_series(1, 50000) AS n`,
      [endpointId],
    );
    await database.dataSource.query('ANALYZE webhook_delivery');
    const plan = async (sql: string): Promise<string> =>
      JSON.stringify(await database.dataSource.query(`EXPLAIN (FORMAT JSON) ${sql}`, [endpointId]));
    expect(
      await plan(
        `SELECT id FROM webhook_delivery WHERE endpoint_id = $1 AND state = 'waiting' AND next_attempt_at <= now()
         ORDER BY next_attempt_at LIMIT 40`,
      ),
    ).toMatch(/webhook_delivery_due_idx/);
    expect(
      await plan(
        `SELECT id FROM webhook_delivery WHERE endpoint_id = $1 AND state = 'waiting' ORDER BY sequence DESC LIMIT 50`,
      ),
    ).toMatch(/webhook_delivery_(waiting|log)_idx/);
    expect(
      await plan(
        `SELECT id FROM webhook_delivery WHERE endpoint_id = $1 AND state = 'failed' ORDER BY sequence DESC LIMIT 50`,
      ),
    ).toMatch(/webhook_delivery_failed_idx/);
    expect(
      await plan('SELECT id FROM webhook_delivery WHERE endpoint_id = $1 ORDER BY sequence DESC LIMIT 50'),
    ).toMatch(/webhook_delivery_log_idx/);
  });
});
