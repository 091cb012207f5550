import { createHash } from 'node:crypto';
import type { Routing } from '#libs/database';
import {
  type Category,
  type Content,
  dueAt,
  type Judgement,
  route,
  type RoutingFacts,
  type Scores,
  slaAt,
  type Urgency,
  worstOf,
} from '#libs/domain';

/** What a case is triaged by. */
export interface Doubt {
  facts: Omit<RoutingFacts, 'caller'> & { callerId: string };
  worst: Urgency['worst'];
  receivedAt: Date;
}

/** Where a case waits, until when a person should have looked at it, and when its queue's promise is broken. */
export interface Triage {
  queue: string;
  dueAt: Date;
  slaAt: Date | null;
}

/** What makes a person's look at a content necessary. Pure; nothing in it depends on the order of events. */
export const doubtOf = (last: Judgement, content: Content): Doubt => {
  const raised = last.reasons.filter((reason) => reason.kind === 'score');
  const categories = raised.map(({ category }) => category);
  const scores: Scores = {
    ...Object.fromEntries(Object.entries(last.categories).map(([category, { score }]) => [category, score])),
    ...Object.fromEntries(raised.map(({ category, score }) => [category, score])),
  };
  const worst = raised.find(({ category }) => category === worstOf(categories, scores));
  return {
    facts: {
      scores,
      raised: categories,
      surface: content.surface,
      callerId: content.apiKeyId,
      audience: content.audience ?? null,
      verdict: last.verdict,
      tier: last.tier,
    },
    worst: worst ? { score: worst.score, threshold: worst.threshold } : null,
    receivedAt: new Date(content.receivedAt),
  };
};

/** Where scores of contents in doubt mostly lie: from the lowest threshold for review to the lowest for a block. */
const doubtfulScores = { from: 0.3, to: 0.9 };

/** Where an audit sample seems to be in doubt, of some judged category. */
export interface SeemingDoubt {
  category: Category;
  score: number;
  threshold: number;
}

/**
 * As if the worst category of an audit sample had been in doubt, with a score drawn from the content's id where its own
 * is lower: who decides shall not know that the machines saw nothing in it. Undefined where nothing was judged.
 */
export const seemingDoubt = (scores: Scores, contentId: string): SeemingDoubt | undefined => {
  const category = worstOf(Object.keys(scores), scores);
  if (category === undefined) return undefined;
  const { from, to } = doubtfulScores;
  const score = Math.max(scores[category]!, from + drawOf(contentId) * (to - from));
  return { category, score, threshold: from };
};

/**
 * The doubt about an audit sample: by their true scores samples would wait the longest of all, or in a queue where
 * nothing else comes.
 */
export const doubtOfSample = (last: Judgement, content: Content): Doubt => {
  const doubt = doubtOf(last, content);
  const { scores } = doubt.facts;
  const seeming = seemingDoubt(scores, content.id);
  if (seeming === undefined) return doubt;
  const { category, score, threshold } = seeming;
  return {
    ...doubt,
    facts: {
      ...doubt.facts,
      scores: { ...scores, [category]: score },
      raised: [category],
      verdict: 'review',
      tier: 'deep',
    },
    worst: { score, threshold },
  };
};

/** A number in [0, 1) that stays the same however often the event comes. */
const drawOf = (contentId: string): number =>
  createHash('sha256').update(`triage draw:${contentId}`).digest().readUIntBE(0, 6) / 2 ** 48;

/** Pure. The wait counts from when the picture was received: neither a slow model nor a repeated event moves it. */
export const triage = ({ facts, worst, receivedAt }: Doubt, { rules, queues, callers }: Routing): Triage => {
  const caller = { id: facts.callerId, name: callers.get(facts.callerId) ?? null };
  const isDisabled = (queue: string): boolean => queues.get(queue)?.isDisabled ?? false;
  const { queue, priority } = route({ ...facts, caller }, rules, isDisabled);
  const slaSeconds = queues.get(queue)?.slaSeconds ?? null;
  return {
    queue,
    dueAt: dueAt({ receivedAt, worst, audience: facts.audience, slaSeconds, priority }),
    slaAt: slaAt(receivedAt, slaSeconds),
  };
};
