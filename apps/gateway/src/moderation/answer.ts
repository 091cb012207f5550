import type {
  AcceptedAnswer,
  Content,
  Decision,
  Judgement,
  ModelRef,
  ModerationAnswer,
  Policy,
  Scores,
} from '#libs/domain';
import type { KnownMatch } from '../known/known-content.service.js';

/** What the caller may do with a verdict. */
export interface Standing {
  /** false while a deeper tier or a person may still change the verdict */
  final: boolean;
  /** keep the image from view until the verdict is final */
  hold: boolean;
}

export const settled: Standing = { final: true, hold: false };

export const judgedFast = (
  decision: Decision,
  policy: Policy,
  seen: { model: ModelRef; scores: Scores },
  at: Date,
): Judgement => ({
  key: 'fast',
  tier: 'fast',
  verdict: decision.verdict,
  policy: { name: policy.name, version: policy.version },
  categories: decision.categories,
  reasons: decision.reasons,
  models: [seen.model],
  classifications: [seen],
  at: at.toISOString(),
});

export const judgedKnown = (match: KnownMatch, policy: Policy, at: Date): Judgement => ({
  key: 'known',
  tier: 'known',
  verdict: match.verdict,
  policy: { name: policy.name, version: policy.version },
  categories: {},
  reasons: [{ kind: 'decision', caseId: match.caseId, distance: match.distance }],
  models: [],
  at: at.toISOString(),
});

/** @param timings milliseconds; the total runs from the body's last byte to the answer */
export const answerOf = (
  content: Content,
  judgement: Judgement,
  standing: Standing,
  { cached, timings }: Pick<ModerationAnswer, 'cached' | 'timings'>,
): ModerationAnswer => ({
  id: content.id,
  verdict: judgement.verdict,
  tier: judgement.tier,
  surface: content.surface,
  reference: content.reference,
  policy: judgement.policy,
  categories: judgement.categories,
  reasons: judgement.reasons,
  models: judgement.models,
  content: factsOf(content),
  cached,
  final: standing.final,
  hold: standing.hold,
  timings: {
    decodeMs: toHundredths(timings.decodeMs),
    inferenceMs: toHundredths(timings.inferenceMs),
    totalMs: toHundredths(timings.totalMs),
  },
});

export const acceptedOf = (content: Content): AcceptedAnswer => ({
  id: content.id,
  status: 'accepted',
  surface: content.surface,
  reference: content.reference,
  content: factsOf(content),
  final: false,
});

const factsOf = ({ sha256, mediaType, width, height, bytes }: Content): ModerationAnswer['content'] => ({
  sha256,
  mediaType,
  width,
  height,
  bytes,
});

const toHundredths = (milliseconds: number): number => Math.round(milliseconds * 100) / 100;
