import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import type { ISocketFactory } from 'kafkajs';
import { BusUnavailable, done, type KafkaBus, retry } from '#libs/events';
import { KafkaBroker } from '../../scripts/services/kafka-broker.js';
import { aFlaggedEvent } from '../builders/event.builder.js';
import { gate, Recorder } from '../contracts/recorder.js';
import { eventually } from '../medium/eventually.js';
import { freshSettings, messagesOn, openBus } from './place.js';

let bus: KafkaBus | undefined;
afterEach(async () => {
  await bus?.close();
  bus = undefined;
});

/** The broker gets what we produce, and has written it, but its answers are lost with their connections. */
class LostAnswers {
  isLosing = false;
  lost = 0;

  readonly socketFactory: ISocketFactory = ({ host, port, onConnect }) => {
    const socket = connect(port, host, onConnect);
    let isProducing = false;
    const write = socket.write.bind(socket) as (...args: unknown[]) => boolean;
    socket.write = (...args: unknown[]): boolean => {
      isProducing = apiKeyOf(args[0] as Buffer) === produceKey;
      return write(...args);
    };
    const emit = socket.emit.bind(socket) as (...args: unknown[]) => boolean;
    socket.emit = (...args: unknown[]): boolean => {
      if (args[0] !== 'data' || !isProducing || !this.isLosing) return emit(...args);
      this.lost += 1;
      socket.destroy(new Error('the connection was reset'));
      return true;
    };
    return socket;
  };
}

/** https://kafka.apache.org/protocol#protocol_api_keys; it stands behind the request's length */
const produceKey = 0;
const apiKeyOf = (request: Buffer): number => request.readInt16BE(4);

describe('The Kafka bus, when answers are lost', () => {
  it('loses no event that it acknowledges afterwards', async () => {
    const settings = freshSettings();
    const answers = new LostAnswers();
    bus = await openBus(settings, { socketFactory: answers.socketFactory });
    const first = aFlaggedEvent();
    await bus.publish('content.flagged', [first]);
    answers.isLosing = true;
    // on one partition, where the broker compares sequence numbers
    const next = () => ({ ...aFlaggedEvent(), subject: first.subject });
    const unanswered = next();
    await expect(bus.publish('content.flagged', [unanswered])).rejects.toThrow(BusUnavailable);
    expect(answers.lost).toBeGreaterThan(0);
    answers.isLosing = false;
    const acknowledged = [next(), next()];
    // at first the bus refuses, until it has seen that somebody answers again
    for (const event of acknowledged) await eventually(() => bus!.publish('content.flagged', [event]));
    const topic = `${settings.topicPrefix}content.flagged`;
    const last = acknowledged[1]!.id;
    const idOf = (headers: object | undefined): string => String((headers as { ce_id?: Buffer }).ce_id);
    const seen = await messagesOn(settings, topic, (all) =>
      all.some(({ headers }) => idOf(headers) === last),
    );
    const ids = seen.map(({ headers }) => idOf(headers));
    expect(ids).toEqual(
      expect.arrayContaining([first.id, unanswered.id, ...acknowledged.map(({ id }) => id)]),
    );
  });
});

/** What a publish may take that asks the broker. */
const publishLimitMs = 5_000;

describe('The Kafka bus, when its broker goes away', () => {
  let broker: KafkaBroker | undefined;
  const signal = (name: NodeJS.Signals): Promise<void> => {
    process.kill(broker!.pid!, name);
    return Promise.resolve();
  };
  beforeAll(async () => {
    broker = await KafkaBroker.start();
  });
  afterAll(() => broker?.remove());

  it('says so, and goes on by itself when the broker is back', async () => {
    bus = await openBus(freshSettings(broker!.brokers));
    const recorder = new Recorder<'content.flagged'>();
    await bus.subscribe('content.flagged', 'worker', recorder.handler);
    const [before, meanwhile, after] = [aFlaggedEvent(), aFlaggedEvent(), aFlaggedEvent()];
    await bus.publish('content.flagged', [before]);
    await eventually(() => expect(recorder.ids()).toEqual([before.id]));
    await broker!.kill();
    await expect(bus.publish('content.flagged', [meanwhile])).rejects.toThrow(BusUnavailable);
    await expect(bus.check()).rejects.toThrow(BusUnavailable);
    await expect(bus.backlog('content.flagged', 'worker')).rejects.toThrow(BusUnavailable);
    await expect(bus.deadLetters()).rejects.toThrow(BusUnavailable);
    await broker!.restart();
    await eventually(() => bus!.check());
    await eventually(() => bus!.publish('content.flagged', [after]));
    await eventually(() => expect(recorder.ids()).toContain(after.id));
    await eventually(async () => expect(await bus!.deadLetters()).toEqual([]));
  });

  it.each([
    { what: 'is gone', leave: () => broker!.kill(), comeBack: () => broker!.restart() },
    { what: 'is silent', leave: () => signal('SIGSTOP'), comeBack: () => signal('SIGCONT') },
  ])('waits once for a broker that $what, then refuses at once, and heals by itself', async (outage) => {
    bus = await openBus(freshSettings(broker!.brokers));
    const publish = (): Promise<void> => bus!.publish('content.flagged', [aFlaggedEvent()]);
    await publish();
    await outage.leave();
    try {
      await expect(publish()).rejects.toThrow(BusUnavailable);
      const begun = performance.now();
      for (let refused = 0; refused < 20; refused += 1)
        await expect(publish()).rejects.toMatchObject({
          name: 'BusUnavailable',
          cause: { cause: expect.anything() },
        });
      // all of them in less than one would take that asks the broker
      expect(performance.now() - begun).toBeLessThan(publishLimitMs);
    } finally {
      await outage.comeBack();
    }
    await eventually(publish);
  });

  it('writes retries down when it is back, although publishes were refused meanwhile', async () => {
    bus = await openBus(freshSettings(broker!.brokers));
    const [taken, other] = [aFlaggedEvent(), aFlaggedEvent()];
    const [hasBegun, mayEnd] = [gate(), gate()];
    const attempts: number[] = [];
    await bus.subscribe('content.flagged', 'worker', async (batch) => {
      attempts.push(...batch.map(({ attempt }) => attempt));
      if (attempts.length > 1) return batch.map(done);
      hasBegun.open();
      await mayEnd.opened;
      return batch.map(() => retry('the bus did not take it'));
    });
    await bus.publish('content.flagged', [taken]);
    await hasBegun.opened;
    await broker!.kill();
    for (let refused = 0; refused < 2; refused += 1)
      await expect(bus.publish('content.flagged', [other])).rejects.toThrow(BusUnavailable);
    mayEnd.open();
    await broker!.restart();
    await eventually(() => expect(attempts).toEqual([1, 2]));
  });

  it('closes although nobody answers', async () => {
    bus = await openBus(freshSettings(broker!.brokers));
    await bus.subscribe('content.flagged', 'worker', new Recorder<'content.flagged'>().handler);
    await bus.publish('content.flagged', [aFlaggedEvent()]);
    await broker!.stop();
    await bus.close();
  });
});
