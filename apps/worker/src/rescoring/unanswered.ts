import type { Category, PolicyRules } from '#libs/domain';
import type { ModelPack } from '#libs/inference';

/** What the deep tier was asked, could object to under these rules, and none of the packs knows. */
export const unanswered = (
  asks: readonly Category[],
  packs: readonly Pick<ModelPack, 'categories'>[],
  rules: PolicyRules,
): Category[] =>
  asks.filter((asked) => {
    const { review = null, block = null } = rules.categories[asked]?.deep ?? {};
    const isJudged = review !== null || block !== null;
    return isJudged && !packs.some((pack) => pack.categories.some(({ category }) => category === asked));
  });
