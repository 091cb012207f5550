import { atMost, type BenchRow, percentile } from '../report.js';
import { BenchedReview } from './benched-review.js';
import { CaseStore } from './case-store.js';

/** Pages that leads and moderators look at; each is asked for from its beginning, and onward from where it ended. */
const pages: Record<string, string> = {
  'cases that wait': '/v1/cases?limit=50',
  'cases of a queue': '/v1/cases?limit=50&queue=goods',
  'contents, the latest': '/v1/content?limit=50',
  'contents by category': '/v1/content?limit=50&category=goods/firearm',
  'contents by verdict': '/v1/content?limit=50&verdict=review',
  'contents by tier and surface': '/v1/content?limit=50&tier=deep&surface=chat',
  'contents by reference': '/v1/content?limit=50&reference=post-4711',
};

/** Lists and filters over HTTP, one after the other, deep into their pages. */
export const pageRows = async (isQuick: boolean): Promise<BenchRow[]> => {
  const cases = isQuick ? 100_000 : 1_000_000;
  const requests = isQuick ? 60 : 200;
  const store = await CaseStore.prepare(4);
  try {
    const [lead] = await store.moderators(1, 'lead');
    await store.growTo(cases);
    const review = await BenchedReview.start(store, 2);
    try {
      const person = await review.signIn(lead!);
      const rows: BenchRow[] = [];
      for (const [name, path] of Object.entries(pages)) {
        const times: number[] = [];
        let cursor: string | null = null;
        for (let at = -10; at < requests; at++) {
          const answer = await person('GET', cursor === null ? path : `${path}&cursor=${cursor}`);
          if (answer.status !== 200) throw new Error(`${path} was answered ${answer.status}`);
          if (at >= 0) times.push(answer.milliseconds);
          cursor = (answer.body as { nextCursor: string | null }).nextCursor;
        }
        rows.push(atMost(`${name}, ${cases} cases: p99 of a page`, 'ms', percentile(times, 0.99), 50));
      }
      return rows;
    } finally {
      await review.stop();
    }
  } finally {
    await store.stop();
  }
};
