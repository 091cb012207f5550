import { type Content, type EventOn, type Topic, topics } from '#libs/domain';
import { currentTraceparent } from '#libs/platform';

const source = 'sluice/gateway';

/**
 * An event about a content. Its id is made of the content's, so that a request repeated under its Idempotency-Key
 * publishes the same event again, and not another one.
 */
export const contentEvent = <T extends Exclude<Topic, 'content.rescored'>>(
  topic: T,
  content: Content,
  data: Omit<EventOn<T>['data'], 'content'>,
): EventOn<T> => {
  const traceparent = currentTraceparent();
  return {
    specversion: '1.0',
    id: `${content.id}:${topic}`,
    source,
    type: topics[topic].shape.type.value,
    subject: content.id,
    time: new Date().toISOString(),
    datacontenttype: 'application/json',
    ...(traceparent === undefined ? {} : { traceparent }),
    data: { content, ...data },
  } as unknown as EventOn<T>;
};
