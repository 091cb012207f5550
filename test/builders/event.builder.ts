import { randomUUID } from 'node:crypto';
import type { Content, EventOn, Judgement } from '#libs/domain';
import { aContent } from './content.builder.js';

/** The fast tier's judgement: in doubt over sexual/explicit, unless told otherwise. */
export const aFastJudgement = (facts: Partial<Judgement> = {}): Judgement => ({
  key: 'fast',
  tier: 'fast',
  verdict: 'review',
  policy: { name: 'default', version: 1 },
  categories: { 'sexual/explicit': { score: 0.6, verdict: 'review' } },
  reasons: [{ kind: 'score', category: 'sexual/explicit', score: 0.6, threshold: 0.5, verdict: 'review' }],
  models: [{ name: 'nsfw-mobilenet-v2', version: '1', tier: 'fast' }],
  at: new Date().toISOString(),
  ...facts,
});

const attributes = <Type extends string>(type: Type, content: Content) => ({
  specversion: '1.0' as const,
  id: randomUUID(),
  source: '/sluice/test',
  type,
  subject: content.id,
  time: new Date().toISOString(),
  datacontenttype: 'application/json' as const,
});

export const aFlaggedEvent = (
  data: Partial<EventOn<'content.flagged'>['data']> = {},
): EventOn<'content.flagged'> => {
  const content = data.content ?? aContent();
  return {
    ...attributes('sluice.content.flagged.v1', content),
    data: { content, fast: aFastJudgement(), asks: ['sexual/explicit'], audit: null, ...data },
  };
};

export const aSubmittedEvent = (content = aContent()): EventOn<'content.submitted'> => ({
  ...attributes('sluice.content.submitted.v1', content),
  data: { content },
});

/** On a topic that only one group consumes. */
export const aJudgedEvent = (): EventOn<'content.judged'> => {
  const content = aContent();
  return {
    ...attributes('sluice.content.judged.v1', content),
    data: { content, judgement: aFastJudgement({ verdict: 'block' }) },
  };
};

/** All that was judged until the deep tier was done; `audit` where chance picked it for a person. */
export const aRescoredEvent = (
  content: Content,
  judgements: Judgement[],
  audit: { propensity: number } | null = null,
): EventOn<'content.rescored'> => ({
  ...attributes('sluice.content.rescored.v1', content),
  data: { content, judgements, audit },
});
