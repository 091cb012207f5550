import {
  type CategoryVerdicts,
  type ModelRef,
  type Reason,
  rulesIn,
  seemingDoubt,
  type Tier,
  type Unheard,
  type Verdict,
} from '#libs/domain';
import { triageDrawOf } from '#libs/platform';

/** What tells that a content was in doubt, or was not. */
interface Judged {
  tier: Tier;
  verdict: Verdict;
  categories: CategoryVerdicts;
  reasons: Reason[];
  models: ModelRef[];
  unheard: Unheard[];
}

interface Shown<Machine> {
  auditPropensity: number | null;
  content: { id: string; surface: string };
  machine: Machine | null;
  /** of an audit sample the policy that it was judged by, as it is stored */
  judgingDocument: unknown;
}

/**
 * What the machines concluded, as whoever decides may see it. An audit sample was allowed, or blocked: it shows the
 * doubt that it was routed by, so that it cannot be told from other cases. Nor does any case tell which models were
 * asked, or did not answer: mostly no deep one was about a sample, and about every other case one. What they did conclude is stored with
 * the decision.
 * @param mayKnow whether the truth leads nobody any more
 */
export const machineShownOf = <Machine extends Judged>(
  { auditPropensity, content, machine, judgingDocument }: Shown<Machine>,
  mayKnow: boolean,
): Machine | null => {
  if (machine === null || mayKnow) return machine;
  const told = { ...machine, tier: 'deep' as const, models: [], unheard: [] };
  if (auditPropensity === null) return told;
  const judged = Object.entries(machine.categories);
  const doubt = seemingDoubt(
    Object.fromEntries(judged.map(([name, { score }]) => [name, score])),
    triageDrawOf(content.id),
    rulesIn(judgingDocument, content.surface),
  );
  const inDoubt: CategoryVerdicts = doubt
    ? { [doubt.category]: { score: doubt.score, verdict: 'review' } }
    : {};
  return {
    ...told,
    verdict: 'review',
    categories: {
      ...Object.fromEntries(judged.map(([name, { score }]) => [name, { score, verdict: 'allow' }])),
      ...inDoubt,
    },
    reasons: doubt ? [{ kind: 'score', ...doubt, verdict: 'review' }] : [],
  };
};
