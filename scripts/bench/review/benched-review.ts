import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { Pool } from 'undici';
import { AppProcess } from '../../start/processes/app-process.js';
import { LogBook } from '../../start/processes/log-book.js';
import { SupervisedProcess } from '../../start/processes/supervised-process.js';
import { freePort } from '../peers.js';
import { benchPassword, type BenchedModerator, type CaseStore } from './case-store.js';

export interface Answer {
  status: number;
  body: unknown;
  milliseconds: number;
}

/** A person at the review app. */
export type Person = (method: 'GET' | 'POST', path: string, body?: unknown) => Promise<Answer>;

/** The review app as it is deployed, on a store of cases. */
export class BenchedReview {
  private constructor(
    private readonly pool: Pool,
    readonly stop: () => Promise<void>,
  ) {}

  static async start(store: CaseStore, connections: number): Promise<BenchedReview> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const logs = new LogBook(join(store.folder, 'logs'), false);
    const env = {
      HOST: '127.0.0.1',
      REVIEW_PORT: String(port),
      DATABASE_URL: store.url,
      DATA_DIR: store.folder,
      SECRETS_KEY: randomBytes(32).toString('base64'),
    };
    const app = new SupervisedProcess(new AppProcess('review', url, env, logs), {
      started: () => undefined,
      ended: () => undefined,
      crashed: (name, how) => console.error(`${name} ${how}`),
      recovered: () => undefined,
    });
    await app.start();
    const pool = new Pool(url, { connections });
    return new BenchedReview(pool, async () => {
      await pool.close();
      await app.stop();
      await logs.close();
    });
  }

  async signIn({ email }: BenchedModerator): Promise<Person> {
    const answer = await this.pool.request({
      method: 'POST',
      path: '/v1/session',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email, password: benchPassword }),
    });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`signing in failed: ${text}`);
    let cookie = cookieOf(answer.headers['set-cookie'])!;
    return async (method, path, body) => {
      const since = performance.now();
      const reply = await this.pool.request({
        method,
        path,
        headers: { cookie, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        body: body === undefined ? undefined : JSON.stringify(body),
      });
      const replied = await reply.body.text();
      const milliseconds = performance.now() - since;
      cookie = cookieOf(reply.headers['set-cookie']) ?? cookie;
      return {
        status: reply.statusCode,
        body: replied === '' ? undefined : JSON.parse(replied),
        milliseconds,
      };
    };
  }
}

const cookieOf = (header: string | string[] | undefined): string | undefined =>
  [header ?? []].flat()[0]?.split(';')[0];
