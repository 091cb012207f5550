import { currentPolicyVersions } from '#libs/database';
import { checkedPolicy } from '#libs/policies';
import type { Policy } from '#libs/domain';
import { DecisionsRepository } from '../../../apps/review/src/cases/decisions.repository.js';
import { LeasesRepository } from '../../../apps/review/src/cases/leases.repository.js';
import { atMost, type BenchRow, figure, percentile } from '../report.js';
import { BareQueue } from './bare-queue.js';
import { type BenchedModerator, CaseStore } from './case-store.js';

const moderatorsAtOnce = 50;
const queues = ['sexual', 'goods', 'spam', 'apparel', 'general'];
const leaseSeconds = 600;

/** One way to claim a case and to decide on it. */
interface Side {
  claim(moderator: BenchedModerator): Promise<() => Promise<void>>;
}

interface Times {
  claims: number[];
  decisions: number[];
}

/**
 * A claim and a decision as the review app's repositories make them, against a bare queue on the same server, in turns;
 * and a claim's time as the backlog grows.
 */
export const claimRows = async (isQuick: boolean): Promise<BenchRow[]> => {
  const sizes = isQuick ? [10_000, 100_000] : [10_000, 100_000, 1_000_000, 5_000_000];
  const comparedAt = isQuick ? 100_000 : 1_000_000;
  const store = await CaseStore.prepare(10);
  try {
    const moderators = await store.moderators(moderatorsAtOnce);
    const ours = await sideOf(store);
    const bareQueue = new BareQueue(store.dataSource);
    const rows: BenchRow[] = [];
    const medians: number[] = [];
    for (const size of sizes) {
      console.error(`  ${size} open cases`);
      await store.growTo(size);
      const times = await oneAfterTheOther(ours, moderators, isQuick ? 200 : 400);
      medians.push(percentile(times, 0.5));
      rows.push(figure(`claim, one at a time, ${size} open cases: median`, 'ms', percentile(times, 0.5)));
      if (size !== comparedAt) continue;
      await bareQueue.growTo(size);
      rows.push(...(await compare(size, { ours, bare: bare(bareQueue) }, moderators, isQuick ? 500 : 2_000)));
    }
    const growth = medians.at(-1)! / medians[0]!;
    rows.push(atMost(`claim's median, ${sizes.at(-1)} / ${sizes[0]} open cases`, 'ratio', growth, 1.5));
    return rows;
  } finally {
    await store.stop();
  }
};

const sideOf = async ({ dataSource }: CaseStore): Promise<Side> => {
  const leases = new LeasesRepository(dataSource);
  const decisions = new DecisionsRepository(dataSource);
  const policy = await currentPolicy(dataSource);
  return {
    claim: async ({ id: holderId }) => {
      const claim = { holderId, stages: ['open' as const], queues, count: 1, seconds: leaseSeconds };
      const [row] = await leases.claim(claim);
      const bearer = { token: row!.leaseToken!, holderId };
      const conclusion = { verdict: 'block' as const, reason: 'sexual_explicit', note: null };
      return async () => {
        const result = await decisions.decide(row!.id, bearer, conclusion, policy);
        if (!result.ok) throw new Error(`a decision was refused: ${result.code}`);
      };
    },
  };
};

export const currentPolicy = async (dataSource: CaseStore['dataSource']): Promise<Policy> => {
  const [stored] = await currentPolicyVersions(dataSource);
  return checkedPolicy(stored!);
};

const bare = (queue: BareQueue): Side => ({
  claim: async ({ id }) => {
    const claimed = await queue.claim(id);
    return () => queue.decide(claimed!);
  },
});

const oneAfterTheOther = async (
  side: Side,
  moderators: BenchedModerator[],
  count: number,
): Promise<number[]> => {
  const times: number[] = [];
  // what is compiled, cached and planned at the first calls is none of the backlog's doing
  for (let at = -50; at < count; at++) {
    const since = performance.now();
    await side.claim(moderators[(at + 50) % moderators.length]!);
    if (at >= 0) times.push(performance.now() - since);
  }
  return times;
};

/** Everybody without a pause: how long a step takes then depends on all others, so only the ratio says something. */
const compare = async (
  size: number,
  sides: Record<'ours' | 'bare', Side>,
  moderators: BenchedModerator[],
  roundsEach: number,
): Promise<BenchRow[]> => {
  const total: Record<'ours' | 'bare', Times> = { ours: empty(), bare: empty() };
  const turns = 5;
  for (let turn = 0; turn <= turns; turn++)
    for (const name of ['bare', 'ours'] as const) {
      const times = await allAtOnce(sides[name], moderators, Math.ceil(roundsEach / turns));
      if (turn === 0) continue;
      total[name].claims.push(...times.claims);
      total[name].decisions.push(...times.decisions);
    }
  const { ours, bare: plain } = total;
  const name = `${moderators.length} at once, ${size} open cases`;
  const sum = (times: Times): number => percentile(times.claims, 0.5) + percentile(times.decisions, 0.5);
  return [
    figure(`${name}, no pause: claim, median`, 'ms', percentile(ours.claims, 0.5)),
    figure(`${name}, no pause: bare SELECT and UPDATE, median`, 'ms', percentile(plain.claims, 0.5)),
    atMost(`${name}: claim / bare`, 'ratio', percentile(ours.claims, 0.5) / percentile(plain.claims, 0.5), 3),
    figure(
      `${name}: decide / bare UPDATE`,
      'ratio',
      percentile(ours.decisions, 0.5) / percentile(plain.decisions, 0.5),
    ),
    atMost(`${name}: claim and decide / bare`, 'ratio', sum(ours) / sum(plain), 3),
  ];
};

const empty = (): Times => ({ claims: [], decisions: [] });

const allAtOnce = async (side: Side, moderators: BenchedModerator[], rounds: number): Promise<Times> => {
  const times = empty();
  let left = rounds;
  await Promise.all(
    moderators.map(async (moderator) => {
      while (left-- > 0) {
        const since = performance.now();
        const decide = await side.claim(moderator);
        const claimed = performance.now();
        times.claims.push(claimed - since);
        await decide();
        times.decisions.push(performance.now() - claimed);
      }
    }),
  );
  return times;
};
