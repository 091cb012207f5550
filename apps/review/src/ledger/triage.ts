import type { Routing } from '#libs/database';
import {
  type Content,
  dueAt,
  type Judgement,
  type PolicyRules,
  route,
  type RoutingFacts,
  type Scores,
  seemingDoubt,
  slaAt,
  type Urgency,
  worstOf,
} from '#libs/domain';
import { triageDrawOf } from '#libs/platform';

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

/**
 * The doubt about an audit sample: by their true scores samples would wait the longest of all, or in a queue where
 * nothing else comes.
 * @param rules by which it was judged, as far as they are known
 */
export const doubtOfSample = (last: Judgement, content: Content, rules: PolicyRules | undefined): Doubt => {
  const doubt = doubtOf(last, content);
  const { scores } = doubt.facts;
  const seeming = seemingDoubt(scores, triageDrawOf(content.id), rules);
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
