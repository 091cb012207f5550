import {
  type Classification,
  decide,
  type Decision,
  highestScores,
  type Judgement,
  type ModelTier,
  moreSevere,
  type Policy,
  type Scores,
  settle,
  type Unheard,
} from '#libs/domain';

/** Scores of several packs as one: each category is as bad as the worst that any of them says. */
export const combined = (classifications: readonly Classification[]): Scores =>
  highestScores(classifications.map(({ scores }) => scores));

/** All scores that led to a judgement, those included that its policy had no thresholds for. */
export const scoresIn = ({ categories, classifications = [] }: Judgement): Scores => {
  const judged = Object.entries(categories).map(([category, { score }]) => [category, score] as const);
  return highestScores([Object.fromEntries(judged), combined(classifications)]);
};

const judgement = (
  key: string,
  tier: ModelTier,
  decision: Decision,
  policy: Policy,
  classifications: Classification[],
): Judgement => ({
  key,
  tier,
  verdict: decision.verdict,
  policy: { name: policy.name, version: policy.version },
  categories: decision.categories,
  reasons: decision.reasons,
  models: classifications.map(({ model }) => model),
  classifications,
  at: new Date().toISOString(),
});

export const fastJudgement = (
  decision: Decision,
  policy: Policy,
  classifications: Classification[],
): Judgement => judgement('fast', 'fast', decision, policy, classifications);

/**
 * The deep tier's word, with the fast tier's where the deep one has none. All that the packs say is judged, also
 * categories that nobody asked about: the scores are there, and the deep tier knows better.
 */
export const deepJudgement = (
  eventId: string,
  fast: Judgement,
  classifications: Classification[],
  policy: Policy,
  surface: string,
): Judgement => {
  const deep = decide(combined(classifications), policy, surface, 'deep');
  return judgement(`deep:${eventId}`, 'deep', settle(scoreBased(fast), deep), policy, classifications);
};

/**
 * The deep tier could not look at it: never milder than the fast tier, and never an allow that nobody gave. A person
 * is next. docs/adr/0006 says why.
 *
 * @param unheard who should have looked
 */
export const unsettledJudgement = (
  eventId: string,
  fast: Judgement | null,
  policy: Policy,
  unheard: Unheard[] = [],
): Judgement => ({
  key: `unsettled:${eventId}`,
  tier: 'deep',
  verdict: moreSevere(fast?.verdict ?? 'review', 'review'),
  policy: { name: policy.name, version: policy.version },
  categories: fast?.categories ?? {},
  reasons: fast?.reasons ?? [],
  models: [],
  ...(unheard.length > 0 ? { unheard } : {}),
  at: new Date().toISOString(),
});

/**
 * The deep tier's word where no detector of it knows some of what was asked, or some have not answered: all that the
 * others saw, but no allow. A person is next.
 */
export const partialJudgement = (eventId: string, deep: Judgement, unheard: Unheard[] = []): Judgement => ({
  ...deep,
  key: `unsettled:${eventId}`,
  verdict: moreSevere(deep.verdict, 'review'),
  ...(unheard.length > 0 ? { unheard } : {}),
});

const scoreBased = ({ categories, reasons }: Judgement): Pick<Decision, 'categories' | 'reasons'> => ({
  categories,
  reasons: reasons.filter((reason) => reason.kind === 'score'),
});
