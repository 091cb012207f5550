import type { CategoryVerdicts, Evidence } from '#libs/domain';

/** What one detector saw, as it is stored. */
export interface StoredEvidence {
  detector: { name: string; version: string };
  pieces: Evidence[];
  at: Date | string;
}

export type EvidenceShown = Evidence & { detector: StoredEvidence['detector'] | null };

/**
 * What was seen in the picture, as whoever decides may see it: nothing of it tells an audit sample from other cases.
 *
 * - No detector is named, and no model's label is shown: about nearly every case but a sample a deep model was asked.
 * - An audit sample shows a doubt that it does not have (`machineShownOf`). What was seen of that category counts as much
 *   more as the category does: or its score, which is that of its strongest piece, would not fit the pieces.
 *
 * @param judged the categories' true scores, and `shown` those that the viewer sees
 * @param mayKnow whether the truth leads nobody any more
 */
export const evidenceShownOf = (
  stored: readonly StoredEvidence[],
  { judged, shown }: { judged: CategoryVerdicts; shown: CategoryVerdicts },
  mayKnow: boolean,
): EvidenceShown[] =>
  latestOfEach(stored)
    .flatMap(({ detector, pieces }) =>
      pieces
        .filter(({ kind }) => mayKnow || kind !== 'label')
        .map((piece) => ({
          ...piece,
          score: mayKnow ? piece.score : raised(piece, judged, shown),
          detector: mayKnow ? detector : null,
        })),
    )
    .sort((a, b) => b.score - a.score);

/** A detector that was exchanged meanwhile, and looked again when an event came again, is not shown twice. */
const latestOfEach = (stored: readonly StoredEvidence[]): StoredEvidence[] => {
  const inOrder = [...stored].sort((a, b) => new Date(a.at).getTime() - new Date(b.at).getTime());
  return [...new Map(inOrder.map((each) => [each.detector.name, each])).values()];
};

const raised = ({ category, score }: Evidence, judged: CategoryVerdicts, shown: CategoryVerdicts): number => {
  const [truth, seeming] = [judged[category]?.score, shown[category]?.score];
  if (truth === undefined || seeming === undefined || truth === seeming) return score;
  return truth > 0 ? Math.min(1, (score * seeming) / truth) : seeming;
};
