import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { createApiKey, publishPolicy } from '#libs/database';
import {
  defaultPolicyDocument,
  type EventOn,
  type ModerationAnswer,
  type PolicyDocument,
  type Topic,
} from '#libs/domain';
import { projectRoot } from '#libs/platform';
import { createGateway } from '../../../apps/gateway/src/create-gateway.js';
import { readGatewayConfig } from '../../../apps/gateway/src/gateway-config.js';
import { createTestDatabase, type TestDatabase } from '../database.js';

/** A gateway opens a database, a bus and a model: on a busy machine that takes its time. */
jest.setTimeout(60_000);

const never = { review: null, block: null };
const explicit = (fast: { review: number | null; block: number | null }) => ({
  categories: {
    'sexual/explicit': { fast, deep: never },
    'sexual/suggestive': { fast: never, deep: never },
  },
});

/** A surface for each way that an upload can go, whatever the model says about the picture. */
export const testPolicy: PolicyDocument = {
  ...defaultPolicyDocument,
  ...explicit(never),
  categories: { ...explicit(never).categories, 'goods/firearm': { deep: { review: 0.3, block: null } } },
  deep: {},
  hold: true,
  auditSampleRate: 0,
  surfaces: {
    doubtful: explicit({ review: 0, block: null }),
    'doubtful-shown': { ...explicit({ review: 0, block: null }), hold: false },
    bad: explicit({ review: 0, block: 0 }),
    listing: { deep: { 'goods/*': 'always' } },
    sampled: { auditSampleRate: 1 },
  },
};

export interface SendOptions {
  surface?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  key?: string;
}

/** A gateway on a real Postgres with the real fast model, listening on a free port. */
export class TestGateway {
  private constructor(
    readonly database: TestDatabase,
    readonly key: string,
    private readonly dataDir: string,
    private readonly env: Record<string, string>,
    private app: NestFastifyApplication,
    public url: string,
  ) {}

  /** @param through what stands between the gateway and its database, if anything: its port */
  static async start(
    env: Record<string, string> = {},
    through: (database: URL) => Promise<number | undefined> = () => Promise.resolve(undefined),
  ): Promise<TestGateway> {
    const database = await createTestDatabase();
    const url = new URL(database.url);
    const port = await through(url);
    if (port !== undefined) url.port = String(port);
    await publishPolicy(database.dataSource, 'default', testPolicy);
    const { key } = await createApiKey(database.dataSource, { name: 'test' });
    const dataDir = await mkdtemp(join(tmpdir(), 'sluice-gateway-'));
    const full = {
      DATABASE_URL: url.href,
      DATA_DIR: dataDir,
      MODELS_DIR: join(projectRoot, 'models'),
      RATE_LIMIT_PER_MINUTE: '0',
      INFERENCE_THREADS: '2',
      ...env,
    };
    const app = await open(full);
    return new TestGateway(database, key, dataDir, full, app, await listen(app));
  }

  /** What a new process would do with what the last one left. */
  async restart(): Promise<void> {
    await this.app.close();
    this.app = await open(this.env);
    this.url = await listen(this.app);
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.database.drop();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  get blobDir(): string {
    return join(this.dataDir, 'blobs');
  }

  async post(body: Buffer | FormData, options: SendOptions = {}): Promise<Response> {
    const { surface, query, headers, key = this.key } = options;
    const search = new URLSearchParams({ ...(surface ? { surface } : {}), ...query }).toString();
    return fetch(`${this.url}/v1/moderate?${search}`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        ...(Buffer.isBuffer(body) ? { 'content-type': 'image/jpeg' } : {}),
        ...headers,
      },
      body: Buffer.isBuffer(body) ? new Uint8Array(body) : body,
    });
  }

  /** A verdict, or an error that shows what came instead. */
  async moderate(body: Buffer | FormData, options: SendOptions = {}): Promise<ModerationAnswer> {
    const response = await this.post(body, options);
    const text = await response.text();
    if (response.status !== 200) throw new Error(`${response.status} ${text}`);
    return JSON.parse(text) as ModerationAnswer;
  }

  get(path: string, key = this.key): Promise<Response> {
    return fetch(`${this.url}${path}`, { headers: { authorization: `Bearer ${key}` } });
  }

  /** Value of a metric's series, as it stands in the exposition: `name{label="x"}`. */
  async metric(series: string): Promise<number> {
    const line = (await (await this.get('/metrics')).text())
      .split('\n')
      .find((each) => each.startsWith(`${series} `));
    return line === undefined ? 0 : Number(line.slice(series.length + 1));
  }

  /** Events that wait for a consumer group, oldest first. */
  async events<T extends Topic>(topic: T, group: 'worker' | 'review' = 'review'): Promise<EventOn<T>[]> {
    const rows: { data: EventOn<T> }[] = await this.database.dataSource.query(
      `SELECT data FROM pgboss.job WHERE name LIKE $1 ORDER BY created_on, id`,
      [`%${topic}%${group}%`],
    );
    return rows.map(({ data }) => data);
  }
}

const open = (env: Record<string, string>): Promise<NestFastifyApplication> =>
  createGateway(readGatewayConfig(env), pino({ level: process.env['LOG_LEVEL'] ?? 'silent' }));

const listen = async (app: NestFastifyApplication): Promise<string> => {
  await app.listen(0, '127.0.0.1');
  return app.getUrl();
};
