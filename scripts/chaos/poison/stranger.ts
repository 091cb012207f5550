import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { DataSource } from '#libs/database';
import { projectRoot } from '#libs/platform';
import type { Poison } from './poison.js';

/** Somebody who may write to the bus and does not know what belongs there. */
export interface Stranger {
  /** @returns whether the bus has it for sure; false: perhaps */
  put(poison: Poison): Promise<boolean>;
  close(): Promise<void>;
}

const program = path.join(projectRoot, 'scripts', 'chaos', 'poison', 'producer.mjs');
const topicPrefix = 'sluice.';

export class KafkaStranger implements Stranger {
  private readonly child: ChildProcess;
  private readonly asked = new Map<string, (ok: boolean) => void>();

  constructor(brokers: string) {
    this.child = spawn(process.execPath, [program, brokers], { stdio: ['pipe', 'pipe', 'ignore'] });
    // It ends when its input does; what is written after that is nobody's business.
    this.child.stdin!.on('error', () => undefined);
    createInterface({ input: this.child.stdout! }).on('line', (line) => {
      const { id, ok } = JSON.parse(line) as { id: string; ok: boolean };
      this.asked.get(id)?.(ok);
      this.asked.delete(id);
    });
    this.child.once('exit', () => {
      for (const answer of this.asked.values()) answer(false);
    });
  }

  put({ id, contentId, headers, value }: Poison): Promise<boolean> {
    return new Promise((resolve) => {
      this.asked.set(id, resolve);
      const message = { id, topic: `${topicPrefix}content.flagged`, key: contentId, value, headers };
      this.child.stdin!.write(`${JSON.stringify(message)}\n`);
    });
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = once(this.child, 'exit');
    this.child.stdin!.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 5_000);
    await ended;
    clearTimeout(timer);
  }
}

/** On Postgres the bus is a table: a job for each group, as pg-boss makes them. JSON cannot be broken there. */
export class PostgresStranger implements Stranger {
  constructor(private readonly database: DataSource) {}

  async put({ headers, value }: Poison): Promise<boolean> {
    const attributes = Object.entries(headers)
      .filter(([name]) => name.startsWith('ce_'))
      .map(([name, header]) => [name.slice(3), header] as const);
    const event = {
      ...Object.fromEntries(attributes),
      datacontenttype: headers['content-type'],
      data: dataOf(value),
    };
    try {
      await this.database.query(
        `INSERT INTO pgboss.job (name, data, retry_limit, retry_delay, retry_backoff, expire_in, keep_until, dead_letter, policy)
         SELECT name, $2, retry_limit, retry_delay, retry_backoff, make_interval(secs => expire_seconds),
                now() + interval '14 days', dead_letter, policy
         FROM pgboss.queue WHERE name = ANY($1)`,
        [['content.flagged.worker', 'content.flagged.review'], JSON.stringify(event)],
      );
      return true;
    } catch {
      return false;
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const dataOf = (value: string): unknown => {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
};
