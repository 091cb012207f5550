import type PgBoss from 'pg-boss';
import { type EventOn, type Topic } from '#libs/domain';
import { InvalidEvent } from '../errors.js';
import { readEvent } from '../event-schema.js';
import { orUnavailable, type SqlExecutor } from './database.js';
import { announced } from './doorbell.js';
import { queuesOn } from './queues.js';

/** One publisher's events, waiting for the next statement. */
interface Waiting {
  topic: Topic;
  jobs: PgBoss.JobInsert[];
  resolve: () => void;
  reject: (error: unknown) => void;
}

/** Jobs of one statement: enough to share a commit, few enough that nobody waits long for others' events. */
const mostJobs = 500;
/** A second one may be on its way while the first waits for the disk. */
const statementsAtOnce = 2;

/**
 * Puts events on their queues. Publishers that come while a statement is under way share the next one: Postgres lets
 * only one transaction with a NOTIFY commit at a time, so under load every publisher would wait for all others' disk
 * writes. An idle bus delays nothing.
 */
export class Publisher {
  private readonly waiting: Waiting[] = [];
  private statements = 0;

  constructor(
    private readonly boss: PgBoss,
    private readonly database: SqlExecutor,
  ) {}

  /** @throws InvalidEvent, BusUnavailable; then none of these events is on the bus for good */
  publish<T extends Topic>(topic: T, events: EventOn<T>[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.waiting.push({ topic, jobs: jobsOf(topic, events), resolve, reject });
      this.sendNext();
    });
  }

  /** In a transaction of the caller. @throws InvalidEvent, and whatever the caller's connection throws */
  async publishWithin<T extends Topic>(within: SqlExecutor, topic: T, events: EventOn<T>[]): Promise<void> {
    await insert(this.boss, within, topic, jobsOf(topic, events));
  }

  private sendNext(): void {
    if (this.statements >= statementsAtOnce || this.waiting.length === 0) return;
    const together = this.takeTogether();
    this.statements += 1;
    void this.send(together).finally(() => {
      this.statements -= 1;
      this.sendNext();
    });
  }

  private takeTogether(): Waiting[] {
    let jobs = 0;
    const fits = this.waiting.findIndex((each) => (jobs += each.jobs.length) > mostJobs);
    return this.waiting.splice(0, fits < 0 ? this.waiting.length : Math.max(1, fits));
  }

  /** Never rejects: everybody gets an answer of their own. */
  private async send(together: Waiting[]): Promise<void> {
    const jobs = together.flatMap((each) => each.jobs);
    try {
      await orUnavailable(() => insert(this.boss, this.database, together[0]!.topic, jobs));
      for (const { resolve } of together) resolve();
    } catch (error) {
      // one event that cannot be stored is not the others' fault
      if (error instanceof InvalidEvent && together.length > 1)
        await Promise.all(together.map((each) => this.send([each])));
      else for (const { reject } of together) reject(error);
    }
  }
}

/** Every event for every group that consumes the topic. @throws InvalidEvent */
const jobsOf = <T extends Topic>(topic: T, events: EventOn<T>[]): PgBoss.JobInsert[] => {
  for (const event of events) {
    const read = readEvent(topic, event);
    if (!read.ok) throw new InvalidEvent(topic, read.detail);
  }
  return queuesOn(topic).flatMap(({ name }) => events.map((data) => ({ name, data })));
};

/** All of them and their announcement in one statement, so all or nothing. */
const insert = async (
  boss: PgBoss,
  within: SqlExecutor,
  topic: Topic,
  jobs: PgBoss.JobInsert[],
): Promise<void> => {
  try {
    await boss.insert(jobs, { db: announced(within) });
  } catch (error) {
    if (isDataError(error)) throw new InvalidEvent(topic, 'jsonb cannot hold it', { cause: error });
    throw error;
  }
};

/** SQLSTATE class 22: the value is at fault (a NUL character, half a surrogate pair), not the connection. */
const isDataError = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('22');
