import { type EventOn, topics } from '#libs/domain';
import { currentTraceparent } from '#libs/platform';

const source = 'sluice/worker';

/**
 * What the worker found. The id is made of the cause's, so that a redelivery publishes the same event again.
 *
 * @param how `settled` or `unsettled`: a redriven event may be settled after it was given up
 */
export const rescoredEvent = (
  cause: EventOn<'content.flagged' | 'content.submitted'>,
  how: 'rescored' | 'unsettled',
  data: EventOn<'content.rescored'>['data'],
): EventOn<'content.rescored'> => {
  // Where this process traces nothing, the trace still goes on.
  const traceparent = currentTraceparent() ?? cause.traceparent;
  return {
    specversion: '1.0',
    id: `${cause.id}:${how}`,
    source,
    type: topics['content.rescored'].shape.type.value,
    subject: cause.subject,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    ...(traceparent ? { traceparent } : {}),
    data,
  };
};
