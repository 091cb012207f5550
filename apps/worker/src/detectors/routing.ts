import type { Call, Category, Detector, Scores } from '#libs/domain';

/** What the deep tier is wanted for about one picture. */
export interface Question {
  /** categories in doubt, or that its surface always asks about */
  asks: readonly Category[];
  /** detectors that the policy calls by name */
  called: readonly string[];
}

/** The detectors that one picture may need, in the order in which they look at it. */
export interface LookPlan {
  /** first, all of them */
  generals: Detector[];
  /** then, of these, whom the policy or the scores call: `calledOf` tells once the generals have spoken */
  specialists: Detector[];
  /** called by the policy, and not here */
  missing: string[];
}

/**
 * Who looks at a picture that the deep tier is wanted for. Generals do when they know what is asked, when the policy calls
 * them, or when they know what a specialist for what is asked waits to hear. Specialists do when a score or the policy calls
 * them. docs/adr/0008 and 0010 say why.
 *
 * @param fast the fast tier's scores of the picture
 */
export const planLook = (detectors: readonly Detector[], question: Question, fast: Scores): LookPlan => {
  const { asks, called } = question;
  if (asks.length === 0 && called.length === 0) return { generals: [], specialists: [], missing: [] };
  const specialists = detectors.filter(isSpecialist);
  const undecided = specialists.filter((each) => knows(each, asks) && stateOf(each, fast) === 'unscored');
  const wanted = [...asks, ...undecided.flatMap(({ route }) => unscoredBy(route, fast))];
  const generals = detectors.filter(
    (each) => !isSpecialist(each) && (called.includes(each.name) || knows(each, wanted)),
  );
  const heard = new Set(generals.flatMap(({ categories }) => categories));
  return {
    generals,
    specialists: specialists.filter(
      (each) => isCalled(each, question, fast) || each.route!.some(({ category }) => heard.has(category)),
    ),
    missing: called.filter((name) => !detectors.some((each) => each.name === name)),
  };
};

/**
 * The specialists that look. Whoever is asked about, and whose route nobody scored, looks too: what was asked is not
 * ruled out by what nobody saw.
 *
 * @param scores the highest that the fast tier and the generals gave
 */
export const calledOf = (plan: LookPlan, question: Question, scores: Scores): Detector[] =>
  plan.specialists.filter((each) => isCalled(each, question, scores));

/** Whoever may look at pictures that the deep tier may be wanted for in these ways, whatever the scores. */
export const mayLook = (detectors: readonly Detector[], question: Question): Detector[] => {
  const { generals, missing } = planLook(detectors, question, {});
  const isWanted = question.asks.length > 0 || question.called.length > missing.length;
  return isWanted ? [...generals, ...detectors.filter(isSpecialist)] : [];
};

export const isSpecialist = ({ route }: Detector): boolean => route !== undefined;

const isCalled = (specialist: Detector, { asks, called }: Question, scores: Scores): boolean => {
  if (called.includes(specialist.name)) return true;
  const state = stateOf(specialist, scores);
  return state === 'called' || (state === 'unscored' && knows(specialist, asks));
};

/** `ruled out` only when all that could call it was scored, and scored too low. */
const stateOf = ({ route = [] }: Detector, scores: Scores): 'called' | 'ruled out' | 'unscored' => {
  if (route.some(({ category, atLeast }) => (scores[category] ?? -1) >= atLeast)) return 'called';
  return unscoredBy(route, scores).length > 0 ? 'unscored' : 'ruled out';
};

const unscoredBy = (route: readonly Call[] = [], scores: Scores): Category[] =>
  route.map(({ category }) => category).filter((category) => scores[category] === undefined);

const knows = ({ categories }: Detector, wanted: readonly Category[]): boolean =>
  categories.some((category) => wanted.includes(category));
