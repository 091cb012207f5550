import { type ClaimedCase, ModeratorClient } from '../client/moderator-client.js';
import { waitFor } from '../client/wait-for.js';
import type { Outcome } from './outcome.js';

const caseLimitMs = 15_000;

export interface Decided {
  outcome: Outcome;
  verdict: 'allow' | 'block';
  reason: string;
  /** of the blurred picture that a moderator sees first, in bytes */
  previewBytes: number;
}

/** What the demo's moderator concludes on the most urgent case of a queue. */
const conclusions = [
  { queue: 'goods', verdict: 'block', reason: 'prohibited_goods' },
  { queue: 'sexual', verdict: 'allow', reason: 'false_alarm' },
] as const;
const note = 'Decided by npm run demo';

/** Claims and decides a case of each queue, as far as pictures that the demo sent wait there. */
export const decideCases = async (
  url: string,
  login: { email: string; password: string },
  outcomes: Outcome[],
): Promise<Decided[]> => {
  const moderator = await ModeratorClient.signIn(url, login);
  const decided: Decided[] = [];
  for (const { queue, verdict, reason } of conclusions) {
    if (!outcomes.some((outcome) => isForAPerson(outcome) && queueOf(outcome) === queue)) continue;
    const claimed = await waitFor('a case to claim', caseLimitMs, () => moderator.claim(queue));
    const outcome = outcomeOf(claimed, outcomes);
    // Somebody else's picture is not the demo's to decide.
    if (!outcome) {
      await moderator.release(claimed);
      continue;
    }
    const preview = await moderator.image(claimed.case.id);
    await moderator.decide(claimed, { verdict, reason, note });
    decided.push({ outcome, verdict, reason, previewBytes: preview.length });
  }
  return decided;
};

/** By its bytes where not by its id: the case may stem from an earlier run of the demo. */
const outcomeOf = ({ case: { content } }: ClaimedCase, outcomes: Outcome[]): Outcome | undefined =>
  outcomes.find(({ answer }) => answer.id === content.id) ??
  outcomes.find(({ answer }) => answer.content.sha256 === content.sha256);

const isForAPerson = ({ record }: Outcome): boolean => !record.final && record.verdict === 'review';

/** The review app makes one queue of each group of categories. */
const queueOf = ({ record }: Outcome): string | undefined => {
  const scores = (record.history.at(-1)?.reasons ?? []).flatMap((reason) =>
    reason.kind === 'score' ? [reason] : [],
  );
  const worst = scores.sort((a, b) => b.score - a.score)[0];
  return worst?.category.split('/')[0];
};
