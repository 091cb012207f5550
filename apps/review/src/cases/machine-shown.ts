import { type CategoryVerdicts, type Reason, seemingDoubt, type Verdict } from '#libs/domain';
import { triageDrawOf } from '#libs/platform';

/** What tells that a content was in doubt, or was not. */
interface Judged {
  verdict: Verdict;
  categories: CategoryVerdicts;
  reasons: Reason[];
}

/**
 * What the machines concluded, as whoever decides may see it. An audit sample was allowed, or blocked: it shows the
 * doubt that it was routed by, so that it cannot be told from other cases. What they did conclude is stored with the
 * decision.
 * @param mayKnow whether the truth leads nobody any more
 */
export const machineShownOf = <Machine extends Judged>(
  {
    auditPropensity,
    content,
    machine,
  }: { auditPropensity: number | null; content: { id: string }; machine: Machine | null },
  mayKnow: boolean,
): Machine | null => {
  if (auditPropensity === null || machine === null || mayKnow) return machine;
  const judged = Object.entries(machine.categories);
  const doubt = seemingDoubt(
    Object.fromEntries(judged.map(([name, { score }]) => [name, score])),
    triageDrawOf(content.id),
  );
  const inDoubt: CategoryVerdicts = doubt
    ? { [doubt.category]: { score: doubt.score, verdict: 'review' } }
    : {};
  return {
    ...machine,
    verdict: 'review',
    categories: {
      ...Object.fromEntries(judged.map(([name, { score }]) => [name, { score, verdict: 'allow' }])),
      ...inDoubt,
    },
    reasons: doubt ? [{ kind: 'score', ...doubt, verdict: 'review' }] : [],
  };
};
