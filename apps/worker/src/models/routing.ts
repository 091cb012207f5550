import type { Category, Scores } from '#libs/domain';
import type { ModelPack, Route } from '#libs/inference';

/** The deep packs that one picture may need, in the order in which they look at it. */
export interface LookPlan {
  /** first, all of them */
  generals: ModelPack[];
  /** then, of these, whom the scores call: `calledOf` tells once the generals have spoken */
  specialists: ModelPack[];
}

/**
 * Who looks at a picture that the deep tier is asked about. Generals do when they know what is asked, or what a
 * specialist for it waits to hear. Specialists do when a score calls them. docs/adr/0008 says why.
 *
 * @param fast the fast tier's scores of the picture
 */
export const planLook = (packs: readonly ModelPack[], asks: readonly Category[], fast: Scores): LookPlan => {
  if (asks.length === 0) return { generals: [], specialists: [] };
  const [specialists, allGenerals] = [
    packs.filter(isSpecialist),
    packs.filter((each) => !isSpecialist(each)),
  ];
  const undecided = specialists.filter((each) => knows(each, asks) && stateOf(each, fast) === 'unscored');
  const wanted = [...asks, ...undecided.flatMap(({ manifest }) => unscoredBy(manifest.route, fast))];
  const generals = allGenerals.filter((pack) => knows(pack, wanted));
  const heard = new Set(generals.flatMap(categoriesOf));
  return {
    generals,
    specialists: specialists.filter(
      (each) =>
        isCalled(each, asks, fast) || each.manifest.route!.some(({ category }) => heard.has(category)),
    ),
  };
};

/**
 * The specialists that look. Whoever is asked about, and whose route nobody scored, looks too: what was asked is not
 * ruled out by what nobody saw.
 *
 * @param scores the highest that the fast tier and the generals gave
 */
export const calledOf = (plan: LookPlan, asks: readonly Category[], scores: Scores): ModelPack[] =>
  plan.specialists.filter((each) => isCalled(each, asks, scores));

export const isSpecialist = ({ manifest }: ModelPack): boolean => manifest.route !== undefined;

export const categoriesOf = ({ categories }: Pick<ModelPack, 'categories'>): Category[] =>
  categories.map(({ category }) => category);

const isCalled = (specialist: ModelPack, asks: readonly Category[], scores: Scores): boolean => {
  const state = stateOf(specialist, scores);
  return state === 'called' || (state === 'unscored' && knows(specialist, asks));
};

/** `ruled out` only when all that could call it was scored, and scored too low. */
const stateOf = ({ manifest }: ModelPack, scores: Scores): 'called' | 'ruled out' | 'unscored' => {
  const { route = [] } = manifest;
  if (route.some(({ category, atLeast }) => (scores[category] ?? -1) >= atLeast)) return 'called';
  return unscoredBy(route, scores).length > 0 ? 'unscored' : 'ruled out';
};

const unscoredBy = (route: readonly Route[] = [], scores: Scores): Category[] =>
  route.map(({ category }) => category).filter((category) => scores[category] === undefined);

const knows = (pack: ModelPack, categories: readonly Category[]): boolean =>
  categoriesOf(pack).some((category) => categories.includes(category));
