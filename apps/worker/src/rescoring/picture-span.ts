import type { EventOn } from '#libs/domain';
import { traced } from '#libs/platform';
import type { WorkTopic } from '../worker-metrics.js';
import type { Conclusion } from './rescored-publisher.js';

/** One picture's way through the worker, as a span of the trace that its event belongs to. */
export const tracedPicture = (
  topic: WorkTopic,
  { traceparent, data: { content } }: EventOn<WorkTopic>,
  conclude: () => Promise<Conclusion>,
): Promise<Conclusion> => {
  const attributes = {
    'messaging.destination.name': topic,
    'sluice.content.id': content.id,
    'sluice.surface': content.surface,
  };
  return traced(`process ${topic}`, { kind: 'consumer', parent: traceparent, attributes }, async (span) => {
    const conclusion = await conclude();
    const { outcome, rescored } = conclusion;
    const last = rescored?.data.judgements.at(-1);
    span.set({ 'sluice.outcome': outcome.kind });
    if (last) span.set({ 'sluice.verdict': last.verdict, 'sluice.tier': last.tier });
    if (outcome.kind !== 'done') span.fail(new Error(outcome.reason));
    return conclusion;
  });
};
