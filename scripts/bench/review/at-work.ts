import { setTimeout as delay } from 'node:timers/promises';
import { atMost, type BenchRow, figure, percentile } from '../report.js';
import { BenchedReview, type Person } from './benched-review.js';
import { CaseStore } from './case-store.js';

const moderatorsAtOnce = 50;
/** between a claim and its decision, and between that and the next claim; at random between these */
const pauseMs = { least: 250, most: 1_000 };

/** What moderators wait for at their desks: over HTTP, signed in, with pauses as people make them (short ones). */
export const atWorkRows = async (isQuick: boolean): Promise<BenchRow[]> => {
  const cases = isQuick ? 100_000 : 1_000_000;
  const seconds = isQuick ? 15 : 60;
  const store = await CaseStore.prepare(4);
  try {
    const moderators = await store.moderators(moderatorsAtOnce);
    await store.growTo(cases);
    const review = await BenchedReview.start(store, moderatorsAtOnce);
    try {
      const people: Person[] = [];
      for (const moderator of moderators) people.push(await review.signIn(moderator));
      await work(people, 3);
      const { claims, decisions } = await work(people, seconds);
      const name = `${moderatorsAtOnce} moderators at work, ${cases} open cases, over HTTP`;
      return [
        figure(`${name}: decisions`, 'per second', decisions.length / seconds),
        figure(`${name}: claim, median`, 'ms', percentile(claims, 0.5)),
        atMost(`${name}: claim, p99`, 'ms', percentile(claims, 0.99), 10),
        figure(`${name}: decide, median`, 'ms', percentile(decisions, 0.5)),
        atMost(`${name}: decide, p99`, 'ms', percentile(decisions, 0.99), 20),
      ];
    } finally {
      await review.stop();
    }
  } finally {
    await store.stop();
  }
};

const work = async (
  people: Person[],
  seconds: number,
): Promise<{ claims: number[]; decisions: number[] }> => {
  const claims: number[] = [];
  const decisions: number[] = [];
  const end = performance.now() + seconds * 1000;
  await Promise.all(
    people.map(async (person) => {
      await pause();
      while (performance.now() < end) {
        const claimed = await person('POST', '/v1/cases/claim', {});
        if (claimed.status !== 200) throw new Error(`a claim was answered ${claimed.status}`);
        claims.push(claimed.milliseconds);
        await pause();
        const { case: found, lease } = claimed.body as { case: { id: string }; lease: { token: string } };
        const decided = await person('POST', `/v1/cases/${found.id}/decision`, {
          leaseToken: lease.token,
          verdict: 'block',
          reason: 'sexual_explicit',
        });
        if (decided.status !== 200) throw new Error(`a decision was answered ${decided.status}`);
        decisions.push(decided.milliseconds);
        await pause();
      }
    }),
  );
  return { claims, decisions };
};

const pause = (): Promise<void> => delay(pauseMs.least + Math.random() * (pauseMs.most - pauseMs.least));
