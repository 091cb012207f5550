import { type Category, categorySchema } from '#libs/domain';
import type { ModelPack } from '#libs/inference';

/** Says that a picture shows nothing that any category is about. */
export const benignLabel = 'benign';

/** Turns what a data set calls a picture into categories. */
export interface KnownLabels {
  /** undefined for a label that nobody knows; none for one that means nothing bad */
  categoriesOf(label: string): Category[] | undefined;
}

/**
 * Knows categories (of the packs, and further ones, e.g. a policy's), `benign`, and the packs' own labels: `porn` counts as
 * what the packs that have this label count it towards.
 */
export const knownLabels = (packs: readonly ModelPack[], further: Iterable<Category>): KnownLabels => {
  const categories = new Set<string>(further);
  const byLabel = new Map<string, Set<Category>>([[benignLabel, new Set()]]);
  for (const pack of packs) {
    for (const label of pack.labels) if (!byLabel.has(label)) byLabel.set(label, new Set());
    for (const { category, labels } of pack.categories) {
      categories.add(category);
      for (const index of labels) byLabel.get(pack.labels[index]!)!.add(category);
    }
  }
  return {
    categoriesOf: (label) => {
      if (categorySchema.safeParse(label).success) return categories.has(label) ? [label] : undefined;
      const found = byLabel.get(label);
      return found && [...found];
    },
  };
};
