import { type ChildProcess, fork } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { queueWebhook, WebhookEndpointEntity } from '#libs/database';
import { newId, SecretCipher } from '#libs/platform';
import {
  newEndpointSecret,
  sealEndpointSecret,
} from '../../../apps/review/src/webhooks/endpoints/endpoint-secret.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { eventually } from '../eventually.js';
import { WebhookReceiver } from './webhook-receiver.js';

const contents = 40;
const eventsOfEach = 8;
const failedShare = 0.3;
const reviewApps = 2;
const main = fileURLToPath(new URL('../../../dist/apps/review/src/main.js', import.meta.url));
const patienceMs = 120_000;

describe('webhooks under fire', () => {
  const key = randomBytes(32);
  let database: TestDatabase;
  let dataDir: string;
  const apps = new Set<ChildProcess>();
  let receiver: WebhookReceiver;

  beforeAll(async () => {
    database = await createTestDatabase();
    dataDir = await mkdtemp(join(tmpdir(), 'sluice-webhooks-'));
  });
  afterAll(async () => {
    for (const app of apps) app.kill('SIGKILL');
    await receiver.close();
    await database.drop();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** A whole review app as it is deployed; it delivers as soon as it is up. */
  const startApp = (): ChildProcess => {
    const app = fork(main, {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      execArgv: ['--disable-warning=ExperimentalWarning'],
      env: {
        ...process.env,
        DATABASE_URL: database.url,
        DATA_DIR: dataDir,
        REVIEW_PORT: '0',
        LOG_LEVEL: 'fatal',
        SECRETS_KEY: key.toString('base64'),
        WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
        WEBHOOK_CONCURRENCY: '4',
        WEBHOOK_TIMEOUT_MS: '500',
        WEBHOOK_RETRY_FIRST_MS: '50',
        WEBHOOK_RETRY_LONGEST_MS: '500',
        WEBHOOK_BREAKER_FIRST_MS: '100',
        WEBHOOK_BREAKER_LONGEST_MS: '500',
        WEBHOOK_POLL_MS: '100',
      },
    });
    apps.add(app);
    app.once('exit', () => apps.delete(app));
    return app;
  };

  const undelivered = async (): Promise<number> => {
    const [{ count }]: [{ count: number }] = await database.dataSource.query(
      `SELECT count(*)::integer AS count FROM webhook_delivery WHERE state <> 'delivered'`,
    );
    return count;
  };

  it(
    'are each delivered at least once, in order per content, though dispatchers are killed and the receiver fails and restarts',
    async () => {
      const taken: { contentId: string; at: number; deliveryId: string }[] = [];
      receiver = await WebhookReceiver.start(({ body, deliveryId }) => (response) => {
        // Long enough that a killed dispatcher leaves deliveries half done.
        setTimeout(() => {
          if (Math.random() < failedShare) return void response.writeHead(500).end();
          taken.push({ contentId: body.contentId!, at: Number(body.data['at']), deliveryId });
          response.writeHead(200).end();
        }, 5).unref();
      });
      const endpointId = newId();
      await database.dataSource.getRepository(WebhookEndpointEntity).insert({
        id: endpointId,
        url: receiver.url,
        description: null,
        eventTypes: ['content.verdict'],
        secret: sealEndpointSecret(new SecretCipher([key]), endpointId, newEndpointSecret()),
      });
      for (let count = 0; count < reviewApps; count++) startApp();

      // Written while all this goes on, a transaction for every step of every content.
      const ids = Array.from({ length: contents }, () => randomUUID());
      for (let at = 0; at < eventsOfEach; at++) {
        await database.dataSource.transaction((transaction) =>
          queueWebhook(
            transaction,
            ids.map((contentId) => ({ type: 'content.verdict' as const, contentId, data: { at } })),
          ),
        );
      }
      let kills = 0;
      let restarts = 0;
      while ((await undelivered()) > 0) {
        // Only what delivers can be killed in the middle of it.
        const before = taken.length;
        await eventually(async () => {
          if ((await undelivered()) > 0) expect(taken.length).toBeGreaterThan(before + 20);
        }, patienceMs);
        if (kills < 5 && (await undelivered()) > 0) {
          const [victim] = apps;
          victim!.kill('SIGKILL');
          kills++;
          startApp();
        }
        if (restarts < 3) {
          await receiver.close();
          restarts++;
          await delay(100);
          await receiver.listen();
        }
      }

      expect(kills).toBeGreaterThanOrEqual(3);
      expect(restarts).toBeGreaterThanOrEqual(3);
      for (const contentId of ids) {
        const order = taken.filter((each) => each.contentId === contentId).map(({ at }) => at);
        const firsts = [...new Set(order)];
        expect(firsts).toEqual(Array.from({ length: eventsOfEach }, (_, at) => at));
      }
      const [{ ended }]: [{ ended: number }] = await database.dataSource.query(
        `SELECT count(*)::integer AS ended FROM webhook_delivery WHERE state = 'delivered' AND lease_token IS NULL`,
      );
      expect(ended).toBe(contents * eventsOfEach);
      expect(new Set(taken.map(({ deliveryId }) => deliveryId)).size).toBe(contents * eventsOfEach);
    },
    patienceMs * 2,
  );
});
