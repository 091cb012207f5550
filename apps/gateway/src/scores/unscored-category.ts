import { type Category, judgedAnywhere, type Policy } from '#libs/domain';

/** A policy judges what the fast model knows nothing of. Judged without a score it would count as allowed. */
export class UnscoredCategory extends Error {
  constructor(
    policy: Policy,
    readonly pack: string,
    readonly categories: Category[],
  ) {
    const which = categories.join(', ');
    super(
      `Version ${policy.version} of the policy "${policy.name}" has fast thresholds for ${which}, which the fast ` +
        `pack ${pack} does not score: publish a version without them, or set FAST_PACK to a pack that does.`,
    );
    this.name = 'UnscoredCategory';
  }
}

/**
 * @param pack with the categories that it scores
 * @throws UnscoredCategory naming all that the policy judges at the fast tier, on any surface, and the pack does not
 * score
 */
export const refuseUnscored = (
  policy: Policy,
  pack: { name: string; categories: readonly Category[] },
): void => {
  const unscored = judgedAnywhere(policy, 'fast').filter((category) => !pack.categories.includes(category));
  if (unscored.length > 0) throw new UnscoredCategory(policy, pack.name, unscored);
};
