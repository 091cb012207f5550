import { type ConsumerGroup, consumers, type Topic } from '#libs/domain';

/** One queue for each pair of topic and group, with a second one for its dead letters. */
export interface Queue {
  topic: Topic;
  group: ConsumerGroup;
  name: string;
  deadName: string;
}

const queue = (topic: Topic, group: ConsumerGroup): Queue => ({
  topic,
  group,
  name: `${topic}.${group}`,
  deadName: `${topic}.${group}.dead`,
});

export const queues: readonly Queue[] = (Object.keys(consumers) as ConsumerGroup[]).flatMap((group) =>
  consumers[group].map((topic) => queue(topic, group)),
);

export const queuesOn = (topic: Topic): Queue[] => queues.filter((each) => each.topic === topic);

/** @throws Error for a group that libs/domain's `consumers` does not list under this topic: a bug */
export const queueFor = (topic: Topic, group: ConsumerGroup): Queue => {
  const found = queues.find((each) => each.topic === topic && each.group === group);
  if (!found)
    throw new Error(`The group ${group} does not consume ${topic}: add it to libs/domain's consumers`);
  return found;
};
