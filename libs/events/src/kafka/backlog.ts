import type { Admin } from 'kafkajs';
import type { ConsumerGroup, Topic } from '#libs/domain';
import type { Backlog } from '../event-bus.js';
import type { AdminConnection } from './admin-connection.js';
import { takenBy } from './subscription/marks.js';
import type { AllNames } from './topic-names.js';

const lookLimitMs = 10_000;
/** The age is told to within this share of it. */
const precision = 0.1;
/** What is younger is not looked at more closely, in milliseconds. */
const youngestMs = 100;
/** Older than any retention: where the search ends. */
const oldestMs = 100 * 366 * 86_400_000;

/** What lies behind a group's commit on one topic: the first waiting offset of each partition where any waits. */
interface Waiting {
  topic: string;
  count: number;
  firstOf: Map<number, bigint>;
}

/** How much waits for a group: ends of its topics less what it has committed, and less what its marks say is taken. */
export class BacklogGauge {
  private readonly looks = new Map<string, Promise<Backlog>>();

  constructor(
    private readonly admin: AdminConnection,
    private readonly names: AllNames,
  ) {}

  /** Those who ask at the same time share one look. @throws BusUnavailable */
  read(topic: Topic, group: ConsumerGroup): Promise<Backlog> {
    const name = this.names.group(topic, group);
    const under = this.looks.get(name);
    if (under) return under;
    const look = this.admin
      .ask((admin) => measured(admin, name, this.names.consumedBy(topic, group)), lookLimitMs)
      .finally(() => this.looks.delete(name));
    this.looks.set(name, look);
    return look;
  }
}

const measured = async (admin: Admin, groupId: string, topics: string[]): Promise<Backlog> => {
  const committed = await admin.fetchOffsets({ groupId, topics });
  const waiting: Waiting[] = [];
  for (const { topic, partitions } of committed) {
    const progress = partitions.map(({ partition, offset, metadata }) => ({
      partition,
      offset: BigInt(offset),
      taken: takenBy(Number(offset), metadata),
    }));
    const found = await waitingOn(admin, topic, new Map(progress.map((each) => [each.partition, each])));
    if (found.count > 0) waiting.push(found);
  }
  if (waiting.length === 0) return { waiting: 0, oldestSeconds: 0 };
  const ages = await Promise.all(waiting.map((each) => oldestAge(admin, each)));
  return {
    waiting: waiting.reduce((sum, { count }) => sum + count, 0),
    oldestSeconds: Math.max(...ages) / 1000,
  };
};

/** A group that never committed (offset −1) begins with the oldest that is still there. */
const waitingOn = async (
  admin: Admin,
  topic: string,
  committed: Map<number, { offset: bigint; taken: number }>,
): Promise<Waiting> => {
  let count = 0;
  const firstOf = new Map<number, bigint>();
  for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
    const { offset, taken } = committed.get(partition) ?? { offset: 0n, taken: 0 };
    const first = largest(offset, BigInt(low));
    const waiting = Number(BigInt(high) - first) - taken;
    if (waiting <= 0) continue;
    count += waiting;
    firstOf.set(partition, first);
  }
  return { topic, count, firstOf };
};

/**
 * Age of the oldest waiting message in milliseconds. Kafka tells the first offset at or after a moment, so an age is
 * tried: when that offset lies behind a first waiting one, that one is older. Doubled until none is, then halved.
 */
const oldestAge = async (admin: Admin, { topic, firstOf }: Waiting): Promise<number> => {
  const now = Date.now();
  const anyIsOlderThan = async (age: number): Promise<boolean> => {
    const found = await admin.fetchTopicOffsetsByTimestamp(topic, Math.floor(now - age));
    return found.some(({ partition, offset }) => {
      const first = firstOf.get(partition);
      return first !== undefined && BigInt(offset) > first;
    });
  };
  let atLeast = 0;
  let below = youngestMs;
  while (below < oldestMs && (await anyIsOlderThan(below))) {
    atLeast = below;
    below *= 4;
  }
  while (below - atLeast > Math.max(youngestMs, below * precision)) {
    const middle = (atLeast + below) / 2;
    if (await anyIsOlderThan(middle)) atLeast = middle;
    else below = middle;
  }
  return below;
};

const largest = (a: bigint, b: bigint): bigint => (a > b ? a : b);
