import { randomUUID } from 'node:crypto';
import { expect } from '@jest/globals';
import kafkajs, { type Kafka, type KafkaMessage, type Message } from 'kafkajs';
import type { KafkaBusOptions, KafkaDelivery, KafkaSettings } from '#libs/events';
import { KafkaBus } from '../../libs/events/src/kafka/kafka-bus.js';
import { createLogger } from '#libs/platform';
import { eventually } from '../medium/eventually.js';
import { kafkaBrokers } from './broker.js';

/** TEST_LOG_LEVEL=debug shows what the bus says. */
export const logger = createLogger('bus-test', process.env['TEST_LOG_LEVEL'] ?? 'silent');

/** As short as Kafka lets it be. */
export const delivery = {
  maxAttempts: 3,
  retryDelaysSeconds: [1, 2],
  sessionTimeoutMs: 2_000,
  heartbeatMs: 300,
  fetchWaitMs: 50,
} satisfies Partial<KafkaDelivery>;

/** Topics of its own, on the shared broker or on another one. */
export const freshSettings = (brokers = kafkaBrokers()): KafkaSettings => ({
  brokers: brokers.split(','),
  topicPrefix: `test-${randomUUID().slice(0, 8)}.`,
  partitions: 3,
  replication: 1,
  retentionHours: 1,
  tls: false,
});

export const openBus = (settings: KafkaSettings, options: Partial<KafkaBusOptions> = {}): Promise<KafkaBus> =>
  KafkaBus.open({ settings, logger, delivery, ...options });

/** Some other program on the same brokers. */
const strangerTo = ({ brokers }: KafkaSettings): Kafka =>
  new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });

export const inject = async (
  settings: KafkaSettings,
  topic: string,
  ...messages: Message[]
): Promise<void> => {
  const producer = strangerTo(settings).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  try {
    await producer.send({ topic, messages });
  } finally {
    await producer.disconnect();
  }
};

/** What stands on a topic, once `enough` of it does. */
export const messagesOn = async (
  settings: KafkaSettings,
  topic: string,
  enough: (seen: KafkaMessage[]) => boolean,
): Promise<KafkaMessage[]> => {
  const consumer = strangerTo(settings).consumer({ groupId: `look-${randomUUID()}`, maxWaitTimeInMs: 50 });
  const seen: KafkaMessage[] = [];
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage: ({ message }) => {
        seen.push(message);
        return Promise.resolve();
      },
    });
    await eventually(() => expect(enough(seen)).toBe(true));
    return seen;
  } finally {
    await consumer.disconnect();
  }
};
