import { setTimeout as delay } from 'node:timers/promises';
import { type ConsumerGroup, consumers, type Topic } from '#libs/domain';
import type { EventBus } from '#libs/events';
import type { World } from './world/world.js';

const pollMs = 1_000;
/** A message may be between two topics for a moment: only several looks in a row mean that nothing is under way. */
const looksInARow = 3;

/**
 * Resolves once every process is ready, no allow waits in a gateway, and no event waits or is in work, with the seconds
 * that took; rejects at the limit with what still waits.
 */
export const untilQuiet = async (
  { fleet, database }: Pick<World, 'fleet' | 'database'>,
  bus: EventBus,
  { limitMs, signal }: { limitMs: number; signal: AbortSignal },
): Promise<number> => {
  const from = Date.now();
  for (let looks = 0; ;) {
    const waits = await whatWaits(fleet, database, bus);
    looks = waits.length === 0 ? looks + 1 : 0;
    if (looks === looksInARow) return (Date.now() - from) / 1000;
    if (Date.now() - from > limitMs)
      throw new Error(`the system does not come to rest in ${limitMs / 1000} s: ${waits.join(', ')}`);
    await delay(pollMs, undefined, { signal });
  }
};

const whatWaits = async (
  fleet: World['fleet'],
  database: World['database'],
  bus: EventBus,
): Promise<string[]> => {
  const ready = await Promise.all(
    fleet.instances.map(async (each) => ((await each.isReady()) ? [] : [`${each.name} is not ready`])),
  );
  const ledgers = await Promise.all(
    fleet.of('gateway').map(async (gateway) => {
      const waiting = (await gateway.metric('sluice_gateway_ledger_waiting')) ?? -1;
      return waiting === 0 ? [] : [`${waiting} allows wait in ${gateway.name}`];
    }),
  );
  const queues = await Promise.all(
    pairs.map(async ([topic, group]) => {
      const backlog = await bus.backlog(topic, group).catch(() => undefined);
      if (!backlog) return [`the backlog of ${topic} for ${group} cannot be told`];
      return backlog.waiting === 0 ? [] : [`${backlog.waiting} on ${topic} for ${group}`];
    }),
  );
  const inWork = await jobsInWork(database);
  return [...ready, ...ledgers, ...queues, inWork === 0 ? [] : [`${inWork} jobs in work`]].flat();
};

const pairs: [Topic, ConsumerGroup][] = (Object.keys(consumers) as ConsumerGroup[]).flatMap((group) =>
  consumers[group].map((topic): [Topic, ConsumerGroup] => [topic, group]),
);

/** The backlog on Postgres does not count what is in somebody's hands, be they a dead consumer's. */
const jobsInWork = async (database: World['database']): Promise<number> => {
  const [installed]: [{ there: boolean }] = await database.query(
    `SELECT to_regclass('pgboss.job') IS NOT NULL AS there`,
  );
  if (!installed.there) return 0;
  const [row]: [{ count: number }] = await database.query(
    `SELECT count(*)::int AS count FROM pgboss.job WHERE state = 'active'`,
  );
  return row.count;
};
