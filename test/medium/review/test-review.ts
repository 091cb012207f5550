import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { pino } from 'pino';
import { BlobStore } from '#libs/blobs';
import { ApiKeyRing, createApiKey, type ModeratorRole } from '#libs/database';
import type { ApiScope } from '#libs/domain';
import { EventBus } from '#libs/events';
import { createReview } from '../../../apps/review/src/create-review.js';
import { readReviewConfig } from '../../../apps/review/src/review-config.js';
import { aModerator, aPassword } from '../../builders/moderator.builder.js';
import { createAppDatabase } from '../app-database.js';
import type { TestDatabase } from '../database.js';
import { eventually } from '../eventually.js';

export interface Answer<Body> {
  status: number;
  body: Body;
  bytes: Buffer;
  headers: Record<string, unknown>;
}

type Headers = Record<string, string>;

/** The whole review app on a real Postgres, as the apps' role, with its bus and its blobs. */
export class TestReview {
  private constructor(
    readonly database: TestDatabase,
    readonly app: NestFastifyApplication,
    private readonly dataDir: string,
  ) {}

  /**
   * @param beside another instance, whose database this one shares
   * @param on a database of the caller's own making
   * @param prepare what a test does to the app before its routes are made
   */
  static async start(
    env: Record<string, string> = {},
    {
      beside,
      on,
      prepare,
    }: { beside?: TestReview; on?: TestDatabase; prepare?: (app: NestFastifyApplication) => void } = {},
  ): Promise<TestReview> {
    const database = on ?? (beside ? sharedWith(beside) : await createAppDatabase());
    const dataDir = await mkdtemp(join(tmpdir(), 'sluice-review-'));
    const config = readReviewConfig({
      DATABASE_URL: database.appUrl,
      DATA_DIR: dataDir,
      REVIEW_PORT: '0',
      // Chance makes no cases, unless a test asks for it.
      GOLDEN_RATE: '0',
      SECOND_LOOK_RATE: '0',
      ...env,
    });
    const app = await createReview(config, pino({ level: 'silent' }));
    prepare?.(app);
    await app.init();
    await app.startAllMicroservices();
    await app.getHttpAdapter().getInstance().ready();
    return new TestReview(database, app, dataDir);
  }

  get bus(): EventBus {
    return this.app.get(EventBus);
  }

  get blobs(): BlobStore {
    return this.app.get(BlobStore);
  }

  async send<Body = unknown>(
    method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE',
    path: string,
    { body, headers = {} }: { body?: unknown; headers?: Headers } = {},
  ): Promise<Answer<Body>> {
    const answer = await this.app.inject({
      method,
      url: path,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    });
    const isJson = /json/.test(String(answer.headers['content-type']));
    return {
      status: answer.statusCode,
      body: (isJson ? answer.json() : undefined) as Body,
      bytes: answer.rawPayload,
      headers: answer.headers,
    };
  }

  /** An account, signed in. */
  async signIn({ role }: { role?: ModeratorRole } = {}): Promise<{
    id: string;
    email: string;
    headers: Headers;
  }> {
    const account = await aModerator(this.database.dataSource, { role });
    const answer = await this.send('POST', '/v1/session', {
      body: { email: account.email, password: aPassword },
    });
    return { ...account, headers: { cookie: cookieOf(answer) } };
  }

  /** A service's API key, accepted already. */
  async apiKey(...scopes: ApiScope[]): Promise<{ id: string; headers: Headers }> {
    const { id, key } = await createApiKey(this.database.dataSource, { name: 'test', scopes });
    const authorization = `Bearer ${key}`;
    await eventually(() => expect(this.app.get(ApiKeyRing).keyOf(authorization)).toBeDefined());
    return { id, headers: { authorization } };
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.database.drop();
    await rm(this.dataDir, { recursive: true, force: true });
  }
}

/** Its database as a guest has it, who does not drop it. */
const sharedWith = ({ database }: TestReview): TestDatabase => ({
  ...database,
  drop: () => Promise.resolve(),
});

/** The cookie that an answer sets, as a browser sends it back. */
export const cookieOf = ({ headers }: Answer<unknown>): string =>
  String(headers['set-cookie']).split(';')[0]!;
