import { setTimeout as delay } from 'node:timers/promises';
import { connectDatabase, type DataSource } from '#libs/database';
import type { Policy } from '#libs/domain';
import { DecisionsRepository } from '../../../apps/review/src/cases/decisions.repository.js';
import { LeasesRepository } from '../../../apps/review/src/cases/leases.repository.js';
import { atLeast, atMost, type BenchRow, figure } from '../report.js';
import { type BenchedModerator, CaseStore } from './case-store.js';
import { currentPolicy } from './claims.js';

const claimants = 24;
const queues = ['sexual', 'goods', 'spam', 'apparel', 'general'];
/** so short that some run out while their holder waits */
const leaseSeconds = 2;
const cutEveryMs = 40;

/** What the claimants were told, to be compared with what is stored. */
interface Told {
  /** tokens of decisions that were confirmed, and their cases */
  decided: Map<string, string>;
  /** tokens under which a decision was refused, or its outcome never heard of */
  refused: Set<string>;
  /** every lease that was given out: its token and its case */
  leases: Map<string, string>;
  rounds: number;
  cut: number;
}

/**
 * Rounds of claim and decide by many at once, whose connections are terminated at random; some hold a case for longer
 * than its lease and decide all the same. Then counts what must never be.
 */
export const cutConnectionRows = async (isQuick: boolean): Promise<BenchRow[]> => {
  const rounds = isQuick ? 5_000 : 100_000;
  const store = await CaseStore.prepare(4);
  const database = await connectDatabase({ url: store.url, poolSize: claimants, applicationName: 'cut' });
  try {
    const moderators = await store.moderators(claimants);
    await store.growTo(Math.ceil(rounds * 1.2));
    const policy = await currentPolicy(store.dataSource);
    const told: Told = { decided: new Map(), refused: new Set(), leases: new Map(), rounds: 0, cut: 0 };
    const ending = new AbortController();
    const cutting = cutAtRandom(store.dataSource, told, ending.signal);
    await Promise.all(moderators.map((moderator) => claimant(database, moderator, policy, told, rounds)));
    ending.abort();
    await cutting;
    return await count(store.dataSource, told);
  } finally {
    await database.destroy();
    await store.stop();
  }
};

const claimant = async (
  database: DataSource,
  { id: holderId }: BenchedModerator,
  policy: Policy,
  told: Told,
  rounds: number,
): Promise<void> => {
  const leases = new LeasesRepository(database);
  const decisions = new DecisionsRepository(database);
  while (told.rounds < rounds) {
    told.rounds += 1;
    const claim = { holderId, stages: ['open' as const], queues, count: 1, seconds: leaseSeconds };
    const [row] = await leases.claim(claim).catch(() => []);
    if (!row) continue;
    const { id: caseId, leaseToken } = row;
    const token = leaseToken!;
    told.leases.set(token, caseId);
    const isLate = Math.random() < 0.001;
    if (isLate) await delay(leaseSeconds * 1000 + 200);
    const conclusion = { verdict: 'block' as const, reason: 'sexual_explicit', note: null };
    try {
      const result = await decisions.decide(caseId, { token, holderId }, conclusion, policy);
      if (result.ok) told.decided.set(token, caseId);
      else told.refused.add(token);
    } catch {
      // its connection was cut: it may be stored or not, and nobody was told that it is
    }
  }
};

const cutAtRandom = async (dataSource: DataSource, told: Told, signal: AbortSignal): Promise<void> => {
  while (!signal.aborted) {
    const cut: unknown[] = await dataSource.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE application_name = 'cut' AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1`,
    );
    told.cut += cut.length;
    await delay(cutEveryMs * 2 * Math.random());
  }
};

const count = async (dataSource: DataSource, told: Told): Promise<BenchRow[]> => {
  const stored: { token: string; caseId: string; state: string; verdicts: number }[] = await dataSource.query(
    `SELECT decision.lease_token AS token, case_id AS "caseId", state,
            (SELECT count(*)::integer FROM verdict
             WHERE content_id = moderation_case.content_id AND tier = 'human') AS verdicts
     FROM decision JOIN moderation_case ON moderation_case.id = case_id`,
  );
  const byToken = new Map(stored.map((decision) => [decision.token, decision]));
  const cases = new Set(stored.map(({ caseId }) => caseId));
  const lost = [...told.decided].filter(([token, caseId]) => byToken.get(token)?.caseId !== caseId);
  const half = stored.filter(({ state, verdicts }) => state !== 'decided' || verdicts !== 1);
  const afterLoss = [...told.refused].filter((token) => byToken.has(token));
  const overlaps = await overlappingLeases(dataSource);
  const name = `${told.rounds} rounds, ${claimants} at once`;
  return [
    figure(`${name}: connections cut`, 'times', told.cut),
    atLeast(`${name}: decisions stored`, 'decisions', stored.length, told.rounds / 2),
    atMost(`${name}: cases decided twice`, 'cases', stored.length - cases.size, 0),
    atMost(`${name}: decided while somebody else held the case`, 'cases', overlaps, 0),
    atMost(`${name}: decisions that were refused and stored`, 'decisions', afterLoss.length, 0),
    atLeast(`${name}: refused, since the lease was lost`, 'decisions', told.refused.size, 1),
    atMost(`${name}: confirmed decisions lost`, 'decisions', lost.length, 0),
    atMost(`${name}: decisions stored in part`, 'decisions', half.length, 0),
  ];
};

/** A decision by somebody else than who was given the case last. leased_at is of the last lease. */
const overlappingLeases = async (dataSource: DataSource): Promise<number> => {
  const [row]: { count: number }[] = await dataSource.query(
    `SELECT count(*)::integer AS count FROM decision JOIN moderation_case AS c ON c.id = case_id
     WHERE decision.decided_at < c.leased_at
        OR decision.decided_at > c.leased_at + make_interval(secs => $1)`,
    [leaseSeconds],
  );
  return row!.count;
};
