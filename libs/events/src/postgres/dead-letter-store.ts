import type PgBoss from 'pg-boss';
import type { DeadLetter, DeadLetterFilter } from '../dead-letter.js';
import type { Database } from './database.js';
import { announced } from './doorbell.js';
import { queues } from './queues.js';

interface Row {
  id: string;
  name: string;
  data: unknown;
  output: { reason?: string } | null;
  attempts: number;
  created_on: Date;
}

/** pg-boss's words when a job's time ran out: its consumer died, or hung. */
const diedSilently = 'its consumers stopped answering while they handled it, at every try';

const selectRows = `
  SELECT id, name, data, output, retry_limit + 1 AS attempts, created_on
    FROM pgboss.job WHERE state < 'active'`;

/** Dead letters are jobs of queues that nobody fetches from: pg-boss moves them there, with the reason as output. */
export class DeadLetterStore {
  constructor(
    private readonly boss: PgBoss,
    private readonly database: Database,
  ) {}

  async list({ topic, group, before, limit = 100 }: DeadLetterFilter): Promise<DeadLetter[]> {
    const names = queues
      .filter((queue) => (!topic || queue.topic === topic) && (!group || queue.group === group))
      .map(({ deadName }) => deadName);
    const rows = await this.database.rows<Row>(
      `${selectRows} AND name = ANY($1) AND created_on < coalesce($2, 'infinity'::timestamptz)
       ORDER BY created_on DESC, id LIMIT $3`,
      [names, before ?? null, limit],
    );
    return rows.map(toDeadLetter);
  }

  async find(id: string): Promise<DeadLetter | undefined> {
    const [row] = await this.rowsOf([id]);
    return row && toDeadLetter(row);
  }

  /** Each goes back to its queue and leaves the dead letters in one transaction; whoever comes second finds none. */
  async redrive(ids: string[]): Promise<number> {
    return this.database.transaction(async (within) => {
      const found = await within.executeSql(
        `${selectRows} AND name = ANY($1) AND id::text = ANY($2) FOR UPDATE SKIP LOCKED`,
        [deadNames, ids],
      );
      const rows = found.rows as Row[];
      const alive = rows.map(({ name, data }) => ({ name: queueOf(name).name, data: data as object }));
      if (alive.length === 0) return 0;
      await this.boss.insert(alive, { db: announced(within) });
      for (const { id, name } of rows) await this.boss.deleteJob(name, id, { db: within });
      return alive.length;
    });
  }

  /** Compared as text, so that something that is no UUID is simply not found. */
  private rowsOf(ids: string[]): Promise<Row[]> {
    return this.database.rows<Row>(`${selectRows} AND name = ANY($1) AND id::text = ANY($2)`, [
      deadNames,
      ids,
    ]);
  }
}

const deadNames = queues.map(({ deadName }) => deadName);

const queueOf = (deadName: string): (typeof queues)[number] => {
  const found = queues.find((queue) => queue.deadName === deadName);
  if (!found) throw new Error(`${deadName} is no queue of dead letters`);
  return found;
};

const toDeadLetter = ({ id, name, data, output, attempts, created_on }: Row): DeadLetter => {
  const { topic, group } = queueOf(name);
  return {
    id,
    topic,
    group,
    event: data,
    reason: output?.reason ?? diedSilently,
    attempts,
    diedAt: created_on,
  };
};
