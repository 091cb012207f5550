import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  connectDatabase,
  type DataSource,
  migrate,
  queueWebhook,
  WebhookEndpointEntity,
} from '#libs/database';
import { newId, SecretCipher } from '#libs/platform';
import {
  newEndpointSecret,
  sealEndpointSecret,
} from '../../../apps/review/src/webhooks/endpoints/endpoint-secret.js';
import { startTemporaryPostgres } from '../../start/postgres/temporary-postgres.js';
import { AppProcess } from '../../start/processes/app-process.js';
import { LogBook } from '../../start/processes/log-book.js';
import { SupervisedProcess } from '../../start/processes/supervised-process.js';
import { freePort } from '../peers.js';

const pollMs = 20;
const queuedAtOnce = 500;

/** Review apps as they are deployed, on a Postgres of their own, with backoffs short enough for a measurement. */
export class BenchedWebhooks {
  private readonly apps: { app: SupervisedProcess; pid: number }[] = [];

  private constructor(
    private readonly dataSource: DataSource,
    private readonly env: Record<string, string>,
    private readonly cipher: SecretCipher,
    private readonly logs: LogBook,
    private readonly letGo: () => Promise<void>,
  ) {}

  static async prepare(): Promise<BenchedWebhooks> {
    const undo: (() => Promise<unknown>)[] = [];
    const letGo = async (): Promise<void> => {
      for (const step of undo.reverse()) await step();
    };
    try {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
      undo.push(() => rm(folder, { recursive: true, force: true }));
      const postgres = await startTemporaryPostgres();
      undo.push(() => postgres.stop());
      const dataSource = await connectDatabase({ url: postgres.url, poolSize: 4 });
      undo.push(() => dataSource.destroy());
      await migrate(dataSource);
      const logs = new LogBook(join(folder, 'logs'), false);
      undo.push(() => logs.close());
      const key = randomBytes(32);
      const env = {
        HOST: '127.0.0.1',
        DATABASE_URL: postgres.url,
        DATA_DIR: folder,
        SECRETS_KEY: key.toString('base64'),
        WEBHOOK_ALLOWED_HOSTS: '127.0.0.1',
        WEBHOOK_TIMEOUT_MS: '1000',
        WEBHOOK_RETRY_FIRST_MS: '50',
        WEBHOOK_RETRY_LONGEST_MS: '1000',
        WEBHOOK_BREAKER_FIRST_MS: '100',
        WEBHOOK_BREAKER_LONGEST_MS: '1000',
        WEBHOOK_POLL_MS: '100',
      };
      return new BenchedWebhooks(dataSource, env, new SecretCipher([key]), logs, letGo);
    } catch (error) {
      await letGo();
      throw error;
    }
  }

  /** Resolves when it is ready. It starts again by itself when it is killed. */
  async startApp(): Promise<void> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const place = this.apps.length;
    const app = new SupervisedProcess(
      new AppProcess('review', url, { ...this.env, REVIEW_PORT: String(port) }, this.logs),
      {
        started: (_name, pid) => {
          const known = this.apps[place];
          if (known) known.pid = pid;
        },
        ended: () => undefined,
        crashed: () => undefined,
        recovered: () => undefined,
      },
    );
    this.apps.push({ app, pid: 0 });
    await app.start();
  }

  /** Kills one of the apps in the middle of what it does. */
  killOne(place: number): void {
    const { pid } = this.apps[place % this.apps.length]!;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // it was dead already, and is being started
    }
  }

  /** An endpoint for one type of events, so that the events of one measurement reach no other. */
  async subscribe(url: string, type: 'content.verdict' | 'case.opened'): Promise<string> {
    const id = newId();
    await this.dataSource.getRepository(WebhookEndpointEntity).insert({
      id,
      url,
      eventTypes: [type],
      secret: sealEndpointSecret(this.cipher, id, newEndpointSecret()),
    });
    return id;
  }

  /** Some events of one content after the other, as transactions that decide would. */
  async queue(type: 'content.verdict' | 'case.opened', contentIds: string[], at: number): Promise<void> {
    for (let from = 0; from < contentIds.length; from += queuedAtOnce) {
      await this.dataSource.transaction((transaction) =>
        queueWebhook(
          transaction,
          contentIds
            .slice(from, from + queuedAtOnce)
            .map((contentId) => ({ type, contentId, data: { at, verdict: 'block', reference: contentId } })),
        ),
      );
    }
  }

  async undelivered(endpointId: string): Promise<number> {
    const [{ count }]: [{ count: number }] = await this.dataSource.query(
      `SELECT count(*)::integer AS count FROM webhook_delivery WHERE endpoint_id = $1 AND state <> 'delivered'`,
      [endpointId],
    );
    return count;
  }

  /** @throws Error after the time, saying how many are left */
  async untilDelivered(endpointId: string, limitMs: number): Promise<void> {
    const end = performance.now() + limitMs;
    for (;;) {
      const left = await this.undelivered(endpointId);
      if (left === 0) return;
      if (performance.now() > end) throw new Error(`${left} webhooks are undelivered after ${limitMs} ms`);
      await delay(pollMs);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.apps.map(({ app }) => app.stop()));
    await this.letGo();
  }
}
