import { setTimeout as pause } from 'node:timers/promises';
import type { Admin, ITopicConfig, ITopicMetadata } from 'kafkajs';
import { type Topic, topics } from '#libs/domain';
import type { Logger } from '#libs/platform';
import type { KafkaDelivery } from './delivery-options.js';
import type { KafkaSettings } from './settings.js';
import { subscriptions, topicNames } from './topic-names.js';

/** Little comes back for another try; each partition costs every consumer of the group a fetch. */
const mostDelayPartitions = 3;

/**
 * Well over what an event may have: one that is too long has to reach the dead letters, where it is seen, and not to
 * stay in its publisher. Batches are bounded by the sender.
 */
const maxMessageBytes = 4 * 1_048_576;

const hourMs = 3_600_000;
const deadLetterRetentionHours = 366 * 24;

/** How long the creation may take on the broker's side. */
const creationLimitMs = 8_000;
const lookAgainMs = 50;

/** A topic as it is, and the partitions that were asked for. */
export interface TopicFound {
  name: string;
  partitions: number;
  wanted: number;
  replication: number;
}

/** All topics of an installation, as they are made where they are missing. */
export const wantedTopics = (settings: KafkaSettings, delivery: KafkaDelivery): ITopicConfig[] => {
  const names = topicNames(settings.topicPrefix, delivery.retryDelaysSeconds.length);
  const retention = { 'retention.ms': settings.retentionHours * hourMs, 'cleanup.policy': 'delete' };
  const main = (Object.keys(topics) as Topic[]).map((topic) =>
    topicConfig(settings, names.main(topic), settings.partitions, retention),
  );
  const delays = subscriptions.flatMap(({ topic, group }) =>
    delivery.retryDelaysSeconds.map((_, step) =>
      topicConfig(
        settings,
        names.delay(topic, group, step),
        Math.min(settings.partitions, mostDelayPartitions),
        retention,
      ),
    ),
  );
  const deadLetters = topicConfig(settings, names.deadLetters, 1, {
    'retention.ms': deadLetterRetentionHours * hourMs,
    'cleanup.policy': 'compact,delete',
  });
  return [...main, ...delays, deadLetters];
};

/**
 * Makes the topics that are missing, and says what is there then. Several apps may start at once; what stands already
 * is left as it is.
 */
export const ensureTopics = async (
  admin: Admin,
  settings: KafkaSettings,
  delivery: KafkaDelivery,
  logger: Logger,
): Promise<TopicFound[]> => {
  const wanted = wantedTopics(settings, delivery);
  const present = new Set(await admin.listTopics());
  const missing = wanted.filter(({ topic }) => !present.has(topic));
  if (missing.length > 0) {
    await create(admin, missing);
    logger.info({ topics: missing.length, prefix: settings.topicPrefix }, 'topics were made on Kafka');
  }
  const found = await onceLed(() => look(admin, wanted));
  for (const { name, partitions, wanted } of found)
    if (partitions < wanted)
      logger.warn(
        { topic: name, partitions, wanted },
        'a topic has fewer partitions than KAFKA_PARTITIONS asks for: fewer consumers can share it',
      );
  return found;
};

/** Others may make some of them at the same moment: kafkajs fails then, and the rest is made nevertheless. */
const create = async (admin: Admin, missing: ITopicConfig[]): Promise<void> => {
  try {
    await admin.createTopics({ topics: missing, timeout: creationLimitMs, waitForLeaders: false });
  } catch (error) {
    const { errors } = error as { errors?: { type?: string }[] };
    if (!errors?.every(({ type }) => type === 'TOPIC_ALREADY_EXISTS')) throw errors?.[0] ?? error;
  }
};

/** A topic that was made a moment ago is not known everywhere yet, or has no leaders. */
const onceLed = async (look: () => Promise<TopicFound[]>): Promise<TopicFound[]> => {
  const giveUpAt = Date.now() + creationLimitMs;
  for (;;) {
    try {
      return await look();
    } catch (error) {
      const { type } = error as { type?: string };
      const mayPass = type === 'UNKNOWN_TOPIC_OR_PARTITION' || type === 'LEADER_NOT_AVAILABLE';
      if (!mayPass || Date.now() > giveUpAt) throw error;
      await pause(lookAgainMs);
    }
  }
};

const look = async (admin: Admin, wanted: ITopicConfig[]): Promise<TopicFound[]> => {
  const { topics: found } = await admin.fetchTopicMetadata({ topics: wanted.map(({ topic }) => topic) });
  const partitionsWanted = new Map(wanted.map(({ topic, numPartitions }) => [topic, numPartitions ?? 1]));
  return found.map(({ name, partitions }: ITopicMetadata) => ({
    name,
    partitions: partitions.length,
    wanted: partitionsWanted.get(name) ?? 1,
    replication: partitions[0]?.replicas.length ?? 0,
  }));
};

const topicConfig = (
  { replication }: KafkaSettings,
  topic: string,
  numPartitions: number,
  config: Record<string, string | number>,
): ITopicConfig => ({
  topic,
  numPartitions,
  replicationFactor: replication || -1,
  configEntries: Object.entries({ ...config, 'max.message.bytes': maxMessageBytes }).map(([name, value]) => ({
    name,
    value: String(value),
  })),
});
