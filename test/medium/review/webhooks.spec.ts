import { createHmac, randomBytes, randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditEntryEntity, createApiKey, queueWebhook, WebhookEndpointEntity } from '#libs/database';
import type { WebhookEvent } from '#libs/domain';
import type {
  CreatedEndpoint,
  EndpointPage,
  EndpointView,
} from '../../../apps/review/src/webhooks/endpoints/endpoint.dto.js';
import type {
  DeliveryPage,
  DeliveryView,
  Redelivered,
} from '../../../apps/review/src/webhooks/log/delivery.dto.js';
import { eventually } from '../eventually.js';
import { TestReview } from './test-review.js';
import { WebhookReceiver } from './webhook-receiver.js';

interface ProblemBody {
  code: string;
  fields?: { path: string; message: string }[];
}

const unknownId = '01990000-0000-7000-8000-000000000000';

describe('webhooks', () => {
  let review: TestReview;
  let lead: Awaited<ReturnType<TestReview['signIn']>>;
  const receivers: WebhookReceiver[] = [];

  beforeAll(async () => {
    review = await TestReview.start({
      SECRETS_KEY: randomBytes(32).toString('base64'),
      WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
      WEBHOOK_RETRY_FIRST_MS: '20',
      WEBHOOK_RETRY_LONGEST_MS: '100',
      WEBHOOK_POLL_MS: '50',
      WEBHOOK_TIMEOUT_MS: '1000',
      WEBHOOK_BREAKER_FAILURES: '1000',
    });
    lead = await review.signIn({ role: 'lead' });
  });
  afterEach(async () => {
    await Promise.all(receivers.splice(0).map((receiver) => receiver.close()));
    await review.database.dataSource.query('UPDATE webhook_endpoint SET enabled = false');
  });
  afterAll(() => review.stop());

  const ask = <Body>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path = '',
    body?: unknown,
    headers = lead.headers,
  ) =>
    review.send<Body>(method, `/v1/webhooks${path}`, {
      body: method === 'POST' ? (body ?? {}) : body,
      headers,
    });

  const receiver = async (...[react]: Parameters<typeof WebhookReceiver.start>) => {
    const started = await WebhookReceiver.start(react);
    receivers.push(started);
    return started;
  };

  const create = async (
    url: string,
    eventTypes: string[] = ['content.verdict'],
  ): Promise<CreatedEndpoint> => {
    const created = await ask<CreatedEndpoint>('POST', '', { url, eventTypes });
    expect(created.status).toBe(201);
    return created.body;
  };

  const queue = (...events: Partial<WebhookEvent>[]): Promise<void> =>
    review.database.dataSource.transaction((transaction) =>
      queueWebhook(
        transaction,
        events.map((event) => ({ type: 'content.verdict', contentId: randomUUID(), data: {}, ...event })),
      ),
    );

  const auditOf = async (id: string): Promise<string[]> => {
    const rows = await review.database.dataSource
      .getRepository(AuditEntryEntity)
      .find({ where: { subjectKind: 'webhook', subjectId: id }, order: { id: 'ASC' } });
    return rows.map(({ act }) => act);
  };

  describe('endpoints', () => {
    it('are made, listed, changed and deleted, each time in the audit', async () => {
      const { webhook } = await create('https://8.8.8.8:8443/hook?team=a');
      expect(webhook).toMatchObject({
        url: 'https://8.8.8.8:8443/hook?team=a',
        enabled: true,
        description: null,
        eventTypes: ['content.verdict'],
        breaker: { state: 'closed', failures: 0, openUntil: null },
      });
      const changed = await ask<EndpointView>('PATCH', `/${webhook.id}`, {
        description: 'for the shop',
        eventTypes: ['case.opened', 'content.erased', 'case.opened'],
      });
      expect(changed.body).toEqual({
        ...webhook,
        description: 'for the shop',
        eventTypes: ['case.opened', 'content.erased'],
      });
      expect((await ask<EndpointView>('GET', `/${webhook.id}`)).body).toEqual(changed.body);
      expect((await ask<EndpointPage>('GET')).body.webhooks).toContainEqual(changed.body);
      expect((await ask('DELETE', `/${webhook.id}`)).status).toBe(204);
      expect((await ask('DELETE', `/${webhook.id}`)).status).toBe(404);
      expect((await ask('GET', `/${webhook.id}`)).status).toBe(404);
      expect(await auditOf(webhook.id)).toEqual(['webhook.created', 'webhook.changed', 'webhook.deleted']);
      // The audit cannot be erased, and in many URLs path and query are what lets somebody in.
      const rows = await review.database.dataSource
        .getRepository(AuditEntryEntity)
        .findBy({ subjectId: webhook.id });
      expect(JSON.stringify(rows)).toContain('"origin":"https://8.8.8.8:8443"');
      expect(JSON.stringify(rows)).not.toMatch(/hook\?|team=a|\/hook/);
    });

    it('are paged, the latest first, and stay in place when one is added', async () => {
      const made = [];
      for (let count = 0; count < 5; count++) made.unshift((await create('https://8.8.8.8/')).webhook.id);
      const first = (await ask<EndpointPage>('GET', '?limit=2')).body;
      await create('https://8.8.8.8/');
      const second = (await ask<EndpointPage>('GET', `?limit=2&cursor=${first.nextCursor}`)).body;
      expect([...first.webhooks, ...second.webhooks].map(({ id }) => id)).toEqual(made.slice(0, 4));
      expect((await ask('GET', '?cursor=nonsense')).status).toBe(400);
    });

    it('keep their secret to themselves, and encrypted', async () => {
      const { webhook, secret } = await create('https://8.8.8.8/');
      expect(secret).toMatch(/^whsec_[A-Za-z0-9_-]{43}$/);
      const shown = JSON.stringify((await ask('GET', `/${webhook.id}`)).body);
      expect(shown).not.toContain(secret);
      const row = await review.database.dataSource
        .getRepository(WebhookEndpointEntity)
        .findOneByOrFail({ id: webhook.id });
      expect(row.secret!.includes(secret)).toBe(false);
      expect(row.secret!.includes(secret.slice(6))).toBe(false);
      await ask('DELETE', `/${webhook.id}`);
      const deleted = await review.database.dataSource
        .getRepository(WebhookEndpointEntity)
        .findOneByOrFail({ id: webhook.id });
      expect(deleted.secret).toBeNull();
    });

    it.each([
      ['https://127.0.0.2/', /127\.0\.0\.2/],
      ['https://169.254.169.254/latest/meta-data', /169\.254\.169\.254/],
      ['https://0x7f.2', /127\.0\.0\.2/],
      ['https://2130706434/', /127\.0\.0\.2/],
      ['https://0177.0.0.2/', /127\.0\.0\.2/],
      ['https://１２７.0.0.2/', /127\.0\.0\.2/],
      ['https://[::ffff:10.0.0.1]/', /::ffff:a00:1/],
      ['https://[::1]/', /::1/],
      ['https://[64:ff9b::10.0.0.1]/', /64:ff9b/],
      ['https://localhost/', /localhost/],
      ['https://localhost./', /localhost/],
      ['https://no-such-host.invalid/', /no address/],
      ['https://user:password@8.8.8.8/', /user name/],
      ['https://8.8.8.8/#part', /fragment/],
      ['http://8.8.8.8/', /https/],
      ['ftp://8.8.8.8/', /https/],
      ['file:///etc/passwd', /https/],
      ['javascript:alert(1)', /https/],
      ['not a url', /URL/],
      [`https://8.8.8.8/${'a'.repeat(3000)}`, /2048/],
    ])('are not made for %.60s', async (url, why) => {
      const before = await review.database.dataSource.getRepository(WebhookEndpointEntity).count();
      const refused = await ask<ProblemBody>('POST', '', { url, eventTypes: ['content.verdict'] });
      expect(refused).toMatchObject({
        status: 400,
        body: { code: 'invalid_request', fields: [{ path: 'url' }] },
      });
      expect(refused.body.fields![0]!.message).toMatch(why);
      expect(await review.database.dataSource.getRepository(WebhookEndpointEntity).count()).toBe(before);
    });

    it('are not moved there either', async () => {
      const { webhook } = await create('https://8.8.8.8/');
      const refused = await ask<ProblemBody>('PATCH', `/${webhook.id}`, { url: 'http://0x7f.2' });
      expect(refused).toMatchObject({ status: 400, body: { fields: [{ path: 'url' }] } });
      expect((await ask('GET', `/${webhook.id}`)).body).toEqual(webhook);
    });

    it.each([
      [{ url: 'https://8.8.8.8/', eventTypes: [] }, 'eventTypes'],
      [{ url: 'https://8.8.8.8/', eventTypes: ['content.liked'] }, 'eventTypes.0'],
      [{ url: 'https://8.8.8.8/', eventTypes: ['webhook.test'] }, 'eventTypes.0'],
      [{ url: 'https://8.8.8.8/' }, 'eventTypes'],
      [{ url: 'https://8.8.8.8/', eventTypes: ['case.opened'], description: 'a\0b' }, 'description'],
      [{ url: 'https://8.8.8.8/', eventTypes: ['case.opened'], description: 'a'.repeat(501) }, 'description'],
      [{ url: 17, eventTypes: ['case.opened'] }, 'url'],
      [{ url: 'https://8.8.8.8/', eventTypes: ['case.opened'], secret: 'mine' }, ''],
    ])('are not made of %#', async (body, path) => {
      const refused = await ask<ProblemBody>('POST', '', body);
      expect(refused).toMatchObject({ status: 400, body: { fields: [{ path }] } });
    });

    it('are managed by leads, and by services with the scope, and by nobody else', async () => {
      const senior = await review.signIn({ role: 'senior' });
      const { dataSource } = review.database;
      const manager = await createApiKey(dataSource, { name: 'manager', scopes: ['webhooks:manage'] });
      const uploader = await createApiKey(dataSource, { name: 'uploader' });
      const body = { url: 'https://8.8.8.8/', eventTypes: ['case.opened'] };
      const as = (key: string) => ({ authorization: `Bearer ${key}` });
      expect((await ask('POST', '', body, {})).status).toBe(401);
      expect((await ask('POST', '', body, senior.headers)).status).toBe(403);
      const created = await eventually(async () => {
        expect((await ask('POST', '', body, as(uploader.key) as never)).status).toBe(403);
        const answer = await ask<CreatedEndpoint>('POST', '', body, as(manager.key));
        expect(answer.status).toBe(201);
        return answer.body.webhook;
      });
      const audit = await dataSource
        .getRepository(AuditEntryEntity)
        .findOneByOrFail({ subjectId: created.id });
      expect(audit).toMatchObject({ actorKind: 'service', actorId: manager.id, act: 'webhook.created' });
    });
  });

  describe('a delivery', () => {
    it('carries the event as JSON, signed, under its id', async () => {
      const hook = await receiver();
      const { webhook, secret } = await create(hook.url);
      const contentId = randomUUID();
      await queue({ contentId, data: { verdict: 'block', reference: 'naïve 🙂' } });
      const delivered = await eventually(() => {
        expect(hook.received).toHaveLength(1);
        return hook.received[0]!;
      });
      expect(delivered.body).toMatchObject({
        type: 'content.verdict',
        contentId,
        data: { verdict: 'block', reference: 'naïve 🙂' },
      });
      expect(delivered.headers['content-type']).toBe('application/json');
      const [, seconds, signature] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(delivered.signature)!;
      const expected = createHmac('sha256', secret).update(`${seconds}.${delivered.raw}`).digest('hex');
      expect(signature).toBe(expected);
      expect(Math.abs(Date.now() / 1000 - Number(seconds))).toBeLessThan(60);
      const log = await eventually(async () => {
        const { body } = await ask<DeliveryPage>('GET', `/${webhook.id}/deliveries`);
        expect(body.deliveries).toMatchObject([{ state: 'delivered' }]);
        return body.deliveries[0]!;
      });
      expect(log).toMatchObject({
        id: delivered.deliveryId,
        eventId: delivered.body.id,
        contentId,
        attempts: 1,
        nextAttemptAt: null,
        lastAttempt: { status: 204, error: null, response: '' },
      });
    });

    it('goes to each endpoint that wants its type, and to no other', async () => {
      const [verdicts, cases, both] = [await receiver(), await receiver(), await receiver()];
      await create(verdicts.url);
      await create(cases.url, ['case.opened']);
      await create(both.url, ['case.opened', 'content.verdict']);
      await queue({ type: 'content.verdict' }, { type: 'case.opened' }, { type: 'appeal.decided' });
      await eventually(() => {
        expect(verdicts.received.map(({ body }) => body.type)).toEqual(['content.verdict']);
        expect(cases.received.map(({ body }) => body.type)).toEqual(['case.opened']);
        expect(both.received.map(({ body }) => body.type).sort()).toEqual(['case.opened', 'content.verdict']);
      });
      const ids = [...verdicts.received, ...cases.received].map(({ body }) => body.id).sort();
      expect(both.received.map(({ body }) => body.id).sort()).toEqual(ids);
    });

    it('is queued with what made it happen, or not at all', async () => {
      const hook = await receiver();
      const { webhook } = await create(hook.url);
      const undone = review.database.dataSource.transaction(async (transaction) => {
        await queueWebhook(transaction, [{ type: 'content.verdict', contentId: randomUUID(), data: {} }]);
        throw new Error('undone');
      });
      await expect(undone).rejects.toThrow('undone');
      expect((await ask<DeliveryPage>('GET', `/${webhook.id}/deliveries`)).body.deliveries).toEqual([]);
    });

    it('is tried again under the same id until it is taken', async () => {
      let answers = 0;
      const hook = await receiver(() => (++answers <= 3 ? 500 : 200));
      const { webhook } = await create(hook.url);
      await queue({});
      const { body } = await eventually(async () => {
        const page = await ask<DeliveryPage>('GET', `/${webhook.id}/deliveries?state=delivered`);
        expect(page.body.deliveries).toMatchObject([
          { attempts: 4, lastAttempt: { status: 200, error: null } },
        ]);
        return page;
      });
      expect(hook.received.map(({ deliveryId }) => deliveryId)).toEqual(
        Array(4).fill(body.deliveries[0]!.id),
      );
      expect(new Set(hook.received.map(({ raw }) => raw)).size).toBe(1);
    });

    it.each([
      [
        'a redirect',
        (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end('moved'),
        { error: 'redirected', status: 302, response: 'moved' },
      ],
      [
        'a refusal',
        (response) => response.writeHead(410).end('a\0b'),
        { error: 'refused', status: 410, response: 'a\uFFFDb' },
      ],
      ['no answer in time', () => undefined, { error: 'timed_out', status: null }],
      [
        'a connection that is cut',
        (response) => response.socket!.destroy(),
        { error: 'connection_failed', status: null },
      ],
      [
        'an answer that is no HTTP',
        (response) => response.socket!.end('no'),
        { error: 'connection_failed', status: null },
      ],
    ] satisfies [string, (response: import('node:http').ServerResponse) => unknown, object][])(
      'waits after %s, and the log tells',
      async (_name, react, lastAttempt) => {
        const hook = await receiver(() => (response) => void react(response));
        const { webhook } = await create(hook.url);
        await queue({});
        await eventually(async () => {
          const { body } = await ask<DeliveryPage>('GET', `/${webhook.id}/deliveries?state=waiting`);
          expect(body.deliveries).toMatchObject([{ state: 'waiting', lastAttempt }]);
        });
      },
    );

    it('counts as delivered with a 2xx, however long and slow the answer’s body is', async () => {
      const hook = await receiver(() => (response) => {
        response.writeHead(200).write('x'.repeat(100_000));
      });
      const { webhook } = await create(hook.url);
      await queue({});
      const delivery = await eventually(async () => {
        const { body } = await ask<DeliveryPage>('GET', `/${webhook.id}/deliveries?state=delivered`);
        expect(body.deliveries).toHaveLength(1);
        return body.deliveries[0]!;
      });
      expect(delivery.lastAttempt!.response).toBe('x'.repeat(1024));
      expect(hook.received).toHaveLength(1);
    });

    it('waits for the earlier events of its content, not for those of others', async () => {
      const stuck = randomUUID();
      let isOpen = false;
      const hook = await receiver(({ body }) => (body.contentId === stuck && !isOpen ? 503 : 200));
      await create(hook.url);
      await queue(...[1, 2, 3].map((at) => ({ contentId: stuck, data: { at } })), { data: { at: 4 } });
      await queue({ contentId: stuck, data: { at: 5 } });
      await eventually(() => {
        expect(hook.received.map(({ body }) => body.data['at'])).toContain(4);
        expect(hook.received.length).toBeGreaterThan(4);
      });
      const ofStuck = () =>
        hook.received.filter(({ body }) => body.contentId === stuck).map(({ body }) => body.data['at']);
      expect(new Set(ofStuck())).toEqual(new Set([1]));
      isOpen = true;
      await eventually(() => expect([...new Set(ofStuck())]).toEqual([1, 2, 3, 5]));
    });

    it('is not held by another endpoint that does not answer', async () => {
      const [slow, quick] = [await receiver(() => () => undefined), await receiver()];
      await create(slow.url);
      await create(quick.url);
      await queue(...Array.from({ length: 200 }, () => ({})));
      await eventually(() => expect(quick.received).toHaveLength(200));
      expect(slow.received.length).toBeLessThan(200);
      const [{ most }]: [{ most: number }] = await review.database.dataSource.query(
        `SELECT max(count)::integer AS most
         FROM (SELECT count(*) FROM webhook_delivery WHERE lease_token IS NOT NULL GROUP BY endpoint_id) AS leases`,
      );
      expect(most).toBeLessThanOrEqual(8);
    });

    it('to a switched-off endpoint waits; events meanwhile are not queued for it', async () => {
      const hook = await receiver(() => 500);
      const { webhook } = await create(hook.url);
      await queue({ data: { at: 1 } });
      await eventually(() => expect(hook.received.length).toBeGreaterThan(0));
      await ask('PATCH', `/${webhook.id}`, { enabled: false });
      await queue({ data: { at: 2 } });
      hook.from(() => 200);
      await ask('PATCH', `/${webhook.id}`, { enabled: true });
      await queue({ data: { at: 3 } });
      await eventually(() => expect(hook.received.at(-1)!.body.data).toEqual({ at: 3 }));
      await eventually(async () => {
        const { body } = await ask<DeliveryPage>('GET', `/${webhook.id}/deliveries?state=delivered`);
        expect(body.deliveries).toHaveLength(2);
      });
      expect(hook.received.some(({ body }) => body.data['at'] === 2)).toBe(false);
    });

    it('is not sent to a host that is no longer allowed', async () => {
      const { webhook } = await create('https://8.8.8.8/');
      await review.database.dataSource.query('UPDATE webhook_endpoint SET url = $2 WHERE id = $1', [
        webhook.id,
        'https://127.0.0.2/',
      ]);
      await queue({});
      await eventually(async () => {
        const { body } = await ask<DeliveryPage>('GET', `/${webhook.id}/deliveries`);
        expect(body.deliveries).toMatchObject([{ lastAttempt: { error: 'address_refused', status: null } }]);
      });
    });
  });

  describe('a secret', () => {
    it('signs beside its successor until the overlap ends', async () => {
      const hook = await receiver();
      const { webhook, secret: first } = await create(hook.url);
      const rotated = await ask<CreatedEndpoint>('POST', `/${webhook.id}/rotate-secret`, { overlapHours: 1 });
      const second = rotated.body.secret;
      expect(second).not.toBe(first);
      expect(Date.parse(rotated.body.webhook.previousSecretExpiresAt!) - Date.now()).toBeLessThanOrEqual(
        3_600_000,
      );
      const signersOf = ({ signature, raw }: { signature: string; raw: string }) => {
        const [time, ...signatures] = signature.split(',');
        return signatures.map((each) =>
          [first, second].findIndex(
            (secret) =>
              each ===
              `v1=${createHmac('sha256', secret)
                .update(`${time!.slice(2)}.${raw}`)
                .digest('hex')}`,
          ),
        );
      };
      await queue({});
      await eventually(() => expect(hook.received).toHaveLength(1));
      expect(signersOf(hook.received[0]!)).toEqual([1, 0]);
      await review.database.dataSource.query(
        `UPDATE webhook_endpoint SET previous_secret_expires_at = now() - interval '1 s' WHERE id = $1`,
        [webhook.id],
      );
      await queue({});
      await eventually(() => expect(hook.received).toHaveLength(2));
      expect(signersOf(hook.received[1]!)).toEqual([1]);
      expect(await auditOf(webhook.id)).toContain('webhook.secret_rotated');
    });

    it('ends at once where no overlap is asked for', async () => {
      const { webhook } = await create('https://8.8.8.8/');
      const rotated = await ask<CreatedEndpoint>('POST', `/${webhook.id}/rotate-secret`, { overlapHours: 0 });
      expect(rotated.body.webhook.previousSecretExpiresAt).toBeNull();
      expect((await ask('POST', `/${webhook.id}/rotate-secret`, { overlapHours: 169 })).status).toBe(400);
      expect((await ask('POST', `/${webhook.id}/rotate-secret`, { overlapHours: 1 / 7 })).status).toBe(200);
      expect((await ask('POST', `/${unknownId}/rotate-secret`, {})).status).toBe(404);
    });
  });

  describe('the log', () => {
    it('is paged, the latest first, by state, and stable while events come in', async () => {
      const hook = await receiver(({ body }) => (Number(body.data['at']) % 2 === 0 ? 200 : 500));
      const { webhook } = await create(hook.url);
      await queue(...[0, 1, 2, 3, 4, 5].map((at) => ({ data: { at } })));
      await eventually(async () => {
        const { body } = await ask<DeliveryPage>('GET', `/${webhook.id}/deliveries?state=delivered`);
        expect(body.deliveries).toHaveLength(3);
      });
      const whole = (await ask<DeliveryPage>('GET', `/${webhook.id}/deliveries`)).body.deliveries;
      const read: DeliveryView[] = [];
      let cursor = '';
      do {
        const { body } = await ask<DeliveryPage>('GET', `/${webhook.id}/deliveries?limit=2${cursor}`);
        read.push(...body.deliveries);
        cursor = body.nextCursor === null ? '' : `&cursor=${body.nextCursor}`;
        await queue({ data: { at: 6 } });
      } while (cursor !== '');
      expect(read.map(({ id }) => id)).toEqual(whole.map(({ id }) => id));
      expect((await ask('GET', `/${webhook.id}/deliveries?cursor=nonsense`)).status).toBe(400);
      expect((await ask('GET', `/${webhook.id}/deliveries?state=lost`)).status).toBe(400);
      expect((await ask('GET', `/${unknownId}/deliveries`)).status).toBe(404);
    });
  });

  describe('asked for by hand', () => {
    it('a test goes to an endpoint whatever it has subscribed to', async () => {
      const hook = await receiver();
      const { webhook } = await create(hook.url, ['appeal.decided']);
      const queued = await ask<DeliveryView>('POST', `/${webhook.id}/test`);
      expect(queued).toMatchObject({ status: 202, body: { type: 'webhook.test', contentId: null } });
      await eventually(() => expect(hook.received).toHaveLength(1));
      expect(hook.received[0]).toMatchObject({
        deliveryId: queued.body.id,
        body: { type: 'webhook.test', data: {} },
      });
      expect((await ask('POST', `/${unknownId}/test`)).status).toBe(404);
      expect(await auditOf(webhook.id)).toContain('webhook.tested');
    });

    it('what was delivered, or has failed, is delivered again under its id', async () => {
      const hook = await receiver();
      const { webhook } = await create(hook.url);
      await queue({}, {});
      const stateCount = async (state: string) =>
        (await ask<DeliveryPage>('GET', `/${webhook.id}/deliveries?state=${state}`)).body.deliveries.length;
      await eventually(async () => expect(await stateCount('delivered')).toBe(2));
      const { deliveryId } = hook.received[0]!;
      const again = await ask<DeliveryView>('POST', `/${webhook.id}/deliveries/${deliveryId}/redeliver`);
      expect(again).toMatchObject({ status: 202, body: { id: deliveryId, state: 'waiting' } });
      await eventually(() => {
        expect(hook.received.filter((each) => each.deliveryId === deliveryId)).toHaveLength(2);
      });
      await eventually(async () => expect(await stateCount('delivered')).toBe(2));
      await review.database.dataSource.query(
        `UPDATE webhook_delivery SET state = 'failed', error = 'refused' WHERE endpoint_id = $1`,
        [webhook.id],
      );
      const all = await ask<Redelivered>('POST', `/${webhook.id}/redeliver-failed`);
      expect(all).toMatchObject({ status: 202, body: { redelivered: 2, remaining: false } });
      await eventually(() => expect(hook.received).toHaveLength(5));
      await eventually(async () =>
        expect([await stateCount('failed'), await stateCount('delivered')]).toEqual([0, 2]),
      );
      const acts = await auditOf(webhook.id);
      expect(acts.filter((act) => act === 'webhook.redelivered')).toHaveLength(2);
    });

    it('a delivery of another endpoint is not found', async () => {
      const hook = await receiver();
      const [one, other] = [await create(hook.url), await create('https://8.8.8.8/', ['case.opened'])];
      await queue({});
      await eventually(() => expect(hook.received).toHaveLength(1));
      const { deliveryId } = hook.received[0]!;
      expect((await ask('POST', `/${other.webhook.id}/deliveries/${deliveryId}/redeliver`)).status).toBe(404);
      expect((await ask('POST', `/${one.webhook.id}/deliveries/${unknownId}/redeliver`)).status).toBe(404);
      expect((await ask('POST', `/${one.webhook.id}/deliveries/nonsense/redeliver`)).status).toBe(400);
    });
  });

  it('are counted, and the endpoints’ standing is told, to who scrapes', async () => {
    const hook = await receiver();
    const stuck = await receiver(() => 500);
    const [fine, behind] = [await create(hook.url), await create(stuck.url)];
    await queue({});
    await eventually(async () => {
      const { bytes } = await review.send('GET', '/metrics');
      const metrics = bytes.toString();
      expect(metrics).toMatch(/sluice_webhook_attempts_total\{outcome="delivered"\} [1-9]/);
      expect(metrics).toMatch(/sluice_webhook_attempts_total\{outcome="refused"\} [1-9]/);
      const ageOf = ({ webhook }: CreatedEndpoint) =>
        Number(
          new RegExp(`oldest_undelivered_seconds\\{endpoint="${webhook.id}"\\} (\\S+)`).exec(metrics)![1],
        );
      expect(ageOf(fine)).toBe(0);
      expect(ageOf(behind)).toBeGreaterThan(0);
      expect(metrics).toContain(`sluice_webhook_breaker_state{endpoint="${behind.webhook.id}"} 0`);
    });
  });

  it('are refused where the installation has no key to encrypt secrets with', async () => {
    const keyless = await TestReview.start();
    try {
      const { headers } = await keyless.signIn({ role: 'lead' });
      const refused = await keyless.send<ProblemBody>('POST', '/v1/webhooks', {
        headers,
        body: { url: 'https://8.8.8.8/', eventTypes: ['case.opened'] },
      });
      expect(refused).toMatchObject({ status: 503, body: { code: 'unavailable' } });
      expect(await keyless.database.dataSource.getRepository(WebhookEndpointEntity).count()).toBe(0);
    } finally {
      await keyless.stop();
    }
  });
});
