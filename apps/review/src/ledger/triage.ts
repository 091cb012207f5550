import type { Judgement } from '#libs/domain';

/** Where a case waits, and until when a person should have looked at it. */
export interface Triage {
  queue: string;
  dueAt: Date;
}

/** For what no category put there: audit samples too, which must not be told from other cases. */
const generalQueue = 'general';

/** Bounds of the time that a case may wait, in milliseconds: at a score of 1, and at a score of 0. */
const shortestWaitMs = 15 * 60_000;
const longestWaitMs = 24 * 60 * 60_000;

/**
 * The higher the score that raised the verdict, the sooner; the queue is the group of its category. The wait counts from
 * when the picture was received, so that neither a slow model nor an event that comes twice moves it.
 */
export const triage = ({ reasons }: Judgement, receivedAt: Date): Triage => {
  const raised = reasons.filter((reason) => reason.kind === 'score');
  const worst = raised.reduce<(typeof raised)[number] | undefined>(
    (worse, reason) => (worse && worse.score >= reason.score ? worse : reason),
    undefined,
  );
  const urgency = Math.min(1, Math.max(0, worst?.score ?? 0));
  const wait = longestWaitMs - urgency * (longestWaitMs - shortestWaitMs);
  return {
    queue: worst?.category.split('/')[0] ?? generalQueue,
    dueAt: new Date(receivedAt.getTime() + Math.round(wait)),
  };
};
