import {
  type Category,
  defaultSurface,
  type ModelTier,
  type Policy,
  rulesFor,
  type Thresholds,
} from '#libs/domain';
import type { NamedThreshold } from './metrics/named-threshold.js';

/** The lines of a policy's own rules; undefined where the tier never judges the category. */
export const policyLines = (policy: Policy, tier: ModelTier, category: Category): Thresholds | undefined =>
  rulesFor(policy, defaultSurface).categories[category]?.[tier];

/** Every line that a policy draws in a category, on whichever surface; each number once, under all its names. */
export const policyThresholds = (policy: Policy, tier: ModelTier, category: Category): NamedThreshold[] => {
  const names = new Map<number, string[]>();
  for (const surface of [defaultSurface, ...Object.keys(policy.document.surfaces)]) {
    const lines = rulesFor(policy, surface).categories[category]?.[tier];
    for (const line of ['review', 'block'] as const) {
      const threshold = lines?.[line] ?? null;
      if (threshold === null) continue;
      const known = names.get(threshold) ?? [];
      // a surface that changes nothing has no name of its own
      if (!known.includes(`policy ${line}`))
        names.set(threshold, [
          ...known,
          surface === defaultSurface ? `policy ${line}` : `${line} on ${surface}`,
        ]);
    }
  }
  return [...names]
    .map(([threshold, all]) => ({ threshold, name: all.join(', ') }))
    .sort((a, b) => a.threshold - b.threshold);
};
