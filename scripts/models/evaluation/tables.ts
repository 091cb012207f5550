import Table from 'cli-table3';
import {
  categoriesForDeep,
  decide,
  defaultSurface,
  settle,
  type ModelTier,
  type Policy,
  type Scores,
  type Verdict,
} from '#libs/domain';
import type { ModelPack } from '#libs/inference';
import type { Scored } from './scored.js';

const thresholds = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98];

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`;

/** One row per category: share of pictures at or above each threshold, and the highest score of all. */
export const flagTable = (scored: Scored[]): string => {
  const table = new Table({
    head: ['category', ...thresholds.map((t) => `≥ ${t}`), 'highest'],
    style: plain,
  });
  for (const category of Object.keys(scored[0]?.scores ?? {})) {
    const scores = scored.map((each) => each.scores[category]!);
    const shares = thresholds.map((t) => percent(scores.filter((score) => score >= t).length, scores.length));
    table.push([category, ...shares, Math.max(...scores).toFixed(3)]);
  }
  return table.toString();
};

/** One row per surface: the fast tier's verdicts, what goes on to the deep tier, and the verdicts after it. */
export const policyTable = (policy: Policy, byPack: Map<ModelPack, Scored[]>): string => {
  const head = [
    'surface',
    'fast: allow',
    'review',
    'block',
    'asked of deep',
    'then: allow',
    'review',
    'block',
  ];
  const table = new Table({ head, style: plain });
  const fast = scoresByTier(byPack, 'fast');
  const deep = scoresByTier(byPack, 'deep');
  for (const surface of [defaultSurface, ...Object.keys(policy.document.surfaces)]) {
    const first: Verdict[] = [];
    const last: Verdict[] = [];
    let asked = 0;
    fast.forEach((scores, i) => {
      const decision = decide(scores, policy, surface, 'fast');
      const asks = categoriesForDeep(decision, policy, surface);
      first.push(decision.verdict);
      if (asks.length > 0) asked += 1;
      const answered = Object.fromEntries(
        Object.entries(deep[i]!).filter(([category]) => asks.includes(category)),
      );
      last.push(settle(decision, decide(answered, policy, surface, 'deep')).verdict);
    });
    const share = (verdicts: Verdict[], verdict: Verdict): string =>
      percent(verdicts.filter((each) => each === verdict).length, verdicts.length);
    table.push([
      surface,
      ...(['allow', 'review', 'block'] as const).map((verdict) => share(first, verdict)),
      percent(asked, fast.length),
      ...(['allow', 'review', 'block'] as const).map((verdict) => share(last, verdict)),
    ]);
  }
  return table.toString();
};

const plain = { head: [], border: [], compact: true };

/** Per picture, all scores of a tier's packs together. */
const scoresByTier = (byPack: Map<ModelPack, Scored[]>, tier: ModelTier): Scores[] => {
  const ofTier = [...byPack].filter(([pack]) => pack.manifest.tier === tier).map(([, scored]) => scored);
  return (ofTier[0] ?? []).map(
    (_, i) => Object.assign({}, ...ofTier.map((scored) => scored[i]!.scores)) as Scores,
  );
};
