import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import kafkajs, { type Kafka, type KafkaMessage, type Message } from 'kafkajs';
import {
  InvalidEvent,
  KafkaBus,
  type KafkaBusOptions,
  type KafkaDelivery,
  type KafkaSettings,
} from '#libs/events';
import { createLogger } from '#libs/platform';
import { aFlaggedEvent } from '../builders/event.builder.js';
import { eventBusContract } from '../contracts/event-bus.contract.js';
import { eventually } from '../medium/eventually.js';
import { kafkaBrokers } from './broker.js';

const logger = createLogger('bus-test', process.env.TEST_LOG_LEVEL ?? 'silent');
const delivery = {
  maxAttempts: 3,
  retryDelaysSeconds: [1, 2],
  sessionTimeoutMs: 2_000,
  heartbeatMs: 300,
  fetchWaitMs: 50,
} satisfies Partial<KafkaDelivery>;

/** Topics of its own. */
const freshSettings = (): KafkaSettings => ({
  brokers: kafkaBrokers().split(','),
  topicPrefix: `test-${randomUUID().slice(0, 8)}.`,
  partitions: 3,
  replication: 1,
  retentionHours: 1,
  tls: false,
});
const openBus = (settings: KafkaSettings, options: Partial<KafkaBusOptions> = {}): Promise<KafkaBus> =>
  KafkaBus.open({ settings, logger, delivery, ...options });

const strangerTo = ({ brokers }: KafkaSettings): Kafka =>
  new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING });

/** As some other program would. */
const inject = async (settings: KafkaSettings, topic: string, ...messages: Message[]): Promise<void> => {
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

/** What stands on a topic, as somebody else would read it. */
const messagesOn = async (settings: KafkaSettings, topic: string, count: number): Promise<KafkaMessage[]> => {
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
    await eventually(() => expect(seen.length).toBeGreaterThanOrEqual(count));
    return seen;
  } finally {
    await consumer.disconnect();
  }
};

eventBusContract('The Kafka bus', () => {
  const settings = freshSettings();
  return Promise.resolve({
    openBus: () => openBus(settings),
    spawnStuckConsumer: (topic, group) =>
      spawn(
        process.execPath,
        [
          fileURLToPath(new URL('stuck-consumer.mjs', import.meta.url)),
          JSON.stringify(settings),
          topic,
          group,
          JSON.stringify(delivery),
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      ),
    inject: (topic, payload) =>
      inject(settings, `${settings.topicPrefix}${topic}`, {
        value: JSON.stringify(payload),
        headers: { 'content-type': 'application/cloudevents+json' },
      }),
    leastRetryMs: (attempt) => delivery.retryDelaysSeconds[attempt - 1]! * 1000,
    maxAttempts: delivery.maxAttempts,
    // the session, a rebalance, the first delay, and a second
    redeliveryMs: 2 * delivery.sessionTimeoutMs + delivery.retryDelaysSeconds[0]! * 1000 + 1000,
    dispose: () => Promise.resolve(),
  });
});

describe('The Kafka bus', () => {
  let settings: KafkaSettings;
  const opened: KafkaBus[] = [];
  const aBus = async (options: Partial<KafkaBusOptions> = {}): Promise<KafkaBus> => {
    const bus = await openBus(settings, options);
    opened.push(bus);
    return bus;
  };
  beforeEach(() => {
    settings = freshSettings();
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((bus) => bus.close()));
  });

  it('can be opened by many apps at the same moment', async () => {
    const buses = await Promise.all(Array.from({ length: 6 }, () => aBus()));
    await Promise.all(buses.map((bus) => bus.check()));
  });

  it('writes CloudEvents in binary mode, under the content’s id', async () => {
    const bus = await aBus();
    const event = {
      ...aFlaggedEvent(),
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    };
    await bus.publish('content.flagged', [event]);
    const [message] = await messagesOn(settings, `${settings.topicPrefix}content.flagged`, 1);
    const headers = Object.fromEntries(
      Object.entries(message!.headers ?? {}).map(([name, value]) => [name, String(value)]),
    );
    expect(headers).toEqual({
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_type: 'sluice.content.flagged.v1',
      ce_id: event.id,
      ce_source: event.source,
      ce_subject: event.subject,
      ce_time: event.time,
      ce_traceparent: event.traceparent,
    });
    expect(String(message!.key)).toBe(event.subject);
    expect(JSON.parse(String(message!.value))).toEqual(event.data);
  });

  it('publishes nothing that is longer than an event may be', async () => {
    const bus = await aBus({ delivery: { ...delivery, maxEventBytes: 100 } });
    await expect(bus.publish('content.flagged', [aFlaggedEvent()])).rejects.toThrow(InvalidEvent);
  });

  it('tells the age of what waits', async () => {
    const bus = await aBus();
    expect(await bus.backlog('content.flagged', 'worker')).toEqual({ waiting: 0, oldestSeconds: 0 });
    const now = Date.now();
    const messages = [3_000, 70, 5, 1].map((age, at) => ({
      value: '{}',
      partition: at % 3,
      timestamp: String(now - age * 1000),
    }));
    await inject(settings, `${settings.topicPrefix}content.flagged`, ...messages);
    const { waiting, oldestSeconds } = await bus.backlog('content.flagged', 'worker');
    expect(waiting).toBe(4);
    expect(oldestSeconds).toBeGreaterThanOrEqual(3_000);
    expect(oldestSeconds).toBeLessThan(3_000 * 1.1 + 60);
  });
});
