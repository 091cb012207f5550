import {
  type Detection,
  type Detector,
  type DetectorFailure,
  evidenceSchema,
  mostEvidence,
  ok,
  type Result,
  scoresSchema,
} from '#libs/domain';

/**
 * What a detector said, where it can be judged: a probability for each of its categories. Evidence that could not be
 * stored is left out, since the scores stand without it.
 */
export const judgeable = (
  { categories }: Pick<Detector, 'categories'>,
  detection: Detection,
): Result<Detection, DetectorFailure> => {
  const unscored = categories.find((category) => detection.scores[category] === undefined);
  if (unscored !== undefined) return failed(`it gave no score of ${unscored}`);
  const scores = scoresSchema.safeParse(detection.scores);
  if (!scores.success) {
    const odd = String(scores.error.issues[0]!.path[0]);
    return failed(`its score of ${odd} is ${String(detection.scores[odd])}, which is no probability`);
  }
  const evidence = detection.evidence
    .flatMap((piece) => evidenceSchema.safeParse(piece).data ?? [])
    .slice(0, mostEvidence);
  return ok({ ...detection, evidence });
};

const failed = (detail: string): { ok: false } & DetectorFailure => ({ ok: false, code: 'failed', detail });
