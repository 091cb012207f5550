import { type ConsumerGroup, consumers, type Topic } from '#libs/domain';
import type { TopicNames } from './subscription/ports.js';

/** All that stands on Kafka under a name of ours. The prefix is put in front as it is, with its dot. */
export interface AllNames extends TopicNames {
  /** a group's main topic and all its delay topics */
  consumedBy(topic: Topic, group: ConsumerGroup): string[];
  /** the transactional id by which all who redrive fence each other */
  readonly redriveTransaction: string;
}

export const topicNames = (prefix: string, delays: number): AllNames => {
  const main = (topic: Topic): string => `${prefix}${topic}`;
  const delay = (topic: Topic, group: ConsumerGroup, step: number): string =>
    `${prefix}${topic}.${group}.delay-${step + 1}`;
  return {
    main,
    delay,
    consumedBy: (topic, group) => [
      main(topic),
      ...Array.from({ length: delays }, (_, step) => delay(topic, group, step)),
    ],
    deadLetters: `${prefix}dead-letters`,
    group: (topic, group) => `${prefix}${topic}.${group}`,
    redriveTransaction: `${prefix}redrive`,
  };
};

/** Every pair of a topic and a group that consumes it. */
export const subscriptions: readonly { topic: Topic; group: ConsumerGroup }[] = (
  Object.keys(consumers) as ConsumerGroup[]
).flatMap((group) => consumers[group].map((topic: Topic) => ({ topic, group })));
