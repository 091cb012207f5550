import { createLogger } from '#libs/platform';
import { done, openBus } from '#libs/events';
import kafkajs, { type Kafka, type Message } from 'kafkajs';
import { Arrivals } from './arrivals.js';
import { aJudgedEvent, type Judged } from './judged-event.js';
import { kafkaSettings } from './kafka-settings.js';
import { answerQuestions } from './measuring-process.js';

/** A turn: so many events, from so many publishers at once, so many in each publish. */
export interface Turn {
  events: number;
  publishers: number;
  together: number;
}

export interface TurnCost {
  perSecond: number;
  cpuUsPerEvent: number;
}

/** One way from publish over Kafka to an empty handler. */
interface Side {
  /** made before the clock starts */
  prepare(events: Judged[]): (() => Promise<unknown>)[];
  arrivals: Arrivals;
}

const batchSize = 100;
const partitions = 12;

/** The project's own bus: events in, events out, checked against their schema at both ends. */
const ours = async (brokers: string): Promise<(together: number) => Side> => {
  const logger = createLogger('bench', 'warn');
  const bus = await openBus({ kafka: kafkaSettings(brokers, 'bench-ours.') }, { databaseUrl: '', logger });
  const arrivals = new Arrivals();
  await bus.subscribe(
    'content.judged',
    'review',
    (batch) => {
      arrivals.add(batch.length);
      return Promise.resolve(batch.map(done));
    },
    { batchSize, concurrency: 2 },
  );
  return (together) => ({
    arrivals,
    prepare: (events) =>
      inGroups(events, together).map((group) => () => bus.publish('content.judged', group)),
  });
};

/**
 * kafkajs as its documentation shows it, with the same promise: idempotent, acknowledged by all, committed when handled.
 * With `json` it makes and reads the JSON on its way, as any user of it has to; without, the bytes are there before the
 * clock starts, and nobody reads them.
 */
const bare = async (brokers: string, json: boolean): Promise<(together: number) => Side> => {
  const topic = `bench-bare-${json ? 'json' : 'bytes'}`;
  const kafka = new kafkajs.Kafka({
    clientId: 'bench',
    brokers: brokers.split(','),
    logLevel: kafkajs.logLevel.ERROR,
  });
  await makeTopic(kafka, topic);
  const producer = kafka.producer({ idempotent: true, allowAutoTopicCreation: false });
  await producer.connect();
  const arrivals = new Arrivals();
  await consumeBare(kafka, topic, (values) => {
    if (json) for (const value of values) JSON.parse(value!.toString());
    arrivals.add(values.length);
  });
  return (together) => ({
    arrivals,
    prepare: (events) =>
      inGroups(events, together).map((group) => {
        const ready = json ? undefined : group.map(toMessage);
        return () => producer.send({ topic, acks: -1, messages: ready ?? group.map(toMessage) });
      }),
  });
};

const makeTopic = async (kafka: Kafka, topic: string): Promise<void> => {
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: partitions }], waitForLeaders: true });
  await admin.disconnect();
};

const consumeBare = async (
  kafka: Kafka,
  topic: string,
  handle: (values: (Buffer | null)[]) => void,
): Promise<void> => {
  const consumer = kafka.consumer({ groupId: topic, allowAutoTopicCreation: false, maxWaitTimeInMs: 500 });
  const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
  await consumer.connect();
  await consumer.subscribe({ topic, fromBeginning: true });
  await consumer.run({
    eachBatchAutoResolve: false,
    eachBatch: async (payload) => {
      const { batch } = payload;
      for (let at = 0; at < batch.messages.length; at += batchSize) {
        const messages = batch.messages.slice(at, at + batchSize);
        handle(messages.map(({ value }) => value));
        for (const { offset } of messages) payload.resolveOffset(offset);
        await payload.heartbeat();
        await payload.commitOffsetsIfNecessary();
      }
    },
  });
  await joined;
};

/** The same bytes as the project's bus writes: CloudEvents in binary mode. */
const toMessage = ({ data, datacontenttype, ...attributes }: Judged): Message => ({
  key: attributes.subject,
  value: Buffer.from(JSON.stringify(data)),
  headers: {
    'content-type': datacontenttype,
    ...Object.fromEntries(Object.entries(attributes).map(([name, value]) => [`ce_${name}`, value])),
  },
});

const inGroups = <Item>(items: Item[], size: number): Item[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, at) => items.slice(at * size, (at + 1) * size));

const turn = async (side: Side, { events, publishers }: Turn): Promise<TurnCost> => {
  const queue = side.prepare(Array.from({ length: events }, aJudgedEvent)).values();
  const target = side.arrivals.total + events;
  const [cpu, since] = [process.cpuUsage(), performance.now()];
  await Promise.all(
    Array.from({ length: publishers }, async () => {
      for (const publish of queue) await publish();
    }),
  );
  await side.arrivals.reach(target);
  const seconds = (performance.now() - since) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: events / seconds, cpuUsPerEvent: (user + system) / events };
};

const [name, brokers] = process.argv.slice(2);
const sideOf = await (name === 'ours' ? ours(brokers!) : bare(brokers!, name === 'bare-json'));
answerQuestions<Turn, TurnCost>((asked) => turn(sideOf(asked.together), asked));
