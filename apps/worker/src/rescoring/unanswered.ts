import type { Category, Detector, PolicyRules } from '#libs/domain';

/** What the deep tier was asked, could object to under these rules, and none of the detectors knows. */
export const unanswered = (
  asks: readonly Category[],
  detectors: readonly Pick<Detector, 'categories'>[],
  rules: PolicyRules,
): Category[] =>
  asks.filter((asked) => {
    const { review = null, block = null } = rules.categories[asked]?.deep ?? {};
    const isJudged = review !== null || block !== null;
    return isJudged && !detectors.some(({ categories }) => categories.includes(asked));
  });
