import { setTimeout as delay } from 'node:timers/promises';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import {
  BusUnavailable,
  done,
  type KafkaBus,
  type KafkaBusOptions,
  type KafkaSettings,
  retry,
} from '#libs/events';
import { KafkaBroker } from '../../scripts/services/kafka-broker.js';
import { aFlaggedEvent } from '../builders/event.builder.js';
import { gate, Recorder } from '../contracts/recorder.js';
import { eventually } from '../medium/eventually.js';
import { delivery, freshSettings, openBus } from './place.js';

const many = (count: number) => Array.from({ length: count }, () => aFlaggedEvent());
const idsOf = (events: { id: string }[]): string[] => events.map(({ id }) => id).sort();

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

/** Done at once, but for those that wait for the gate. */
const holding = (isHeld: (id: string) => boolean) => {
  const held = gate();
  const recorder = new Recorder<'content.flagged'>(async (batch) => {
    if (batch.some(({ event }) => isHeld(event.id))) await held.opened;
    return batch.map(done);
  });
  return { recorder, release: held.open };
};

/** Who is in the group, and with which partitions of the main topic. */
const membersNow = async (): Promise<{ id: string; share: number[] }[]> => {
  const admin = new kafkajs.Kafka({ brokers: settings.brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const { groups } = await admin.describeGroups([`${settings.topicPrefix}content.flagged.worker`]);
    return groups[0]!.members.map(({ memberId, memberAssignment }) => {
      const decoded = kafkajs.AssignerProtocol.MemberAssignment.decode(memberAssignment);
      return { id: memberId, share: decoded?.assignment[`${settings.topicPrefix}content.flagged`] ?? [] };
    });
  } finally {
    await admin.disconnect();
  }
};
const sharesOf = async (): Promise<number[][]> => (await membersNow()).map(({ share }) => share);

describe('A Kafka subscription', () => {
  it('handles what is in work once, while others join and leave', async () => {
    const events = many(60);
    const slow = events[0]!.id;
    const { recorder, release } = holding((id) => id === slow);
    const bus = await aBus();
    await bus.subscribe('content.flagged', 'worker', recorder.handler, { batchSize: 1 });
    await bus.publish('content.flagged', [events[0]!]);
    await eventually(() => expect(recorder.deliveries).toHaveLength(1));

    const guest = new Recorder<'content.flagged'>();
    const guests = await (await aBus()).subscribe('content.flagged', 'worker', guest.handler);
    await bus.publish('content.flagged', events.slice(1, 40));
    await eventually(() => expect(guest.handled).toBeGreaterThan(0));
    await guests.stop();
    await bus.publish('content.flagged', events.slice(40));
    release();
    await eventually(() => expect(recorder.handled + guest.handled).toBeGreaterThanOrEqual(60));
    expect([...recorder.ids(), ...guest.ids()].sort()).toEqual(idsOf(events));
    expect(recorder.attemptsOf(slow)).toEqual([1]);
  });

  it('gives the partitions on which it does not work to others while its last handlers end', async () => {
    const { recorder, release } = holding(() => true);
    const bus = await aBus();
    const stopping = await bus.subscribe('content.flagged', 'worker', recorder.handler, { batchSize: 1 });
    await bus.publish('content.flagged', many(1));
    await eventually(() => expect(recorder.deliveries).toHaveLength(1));
    const stopped = stopping.stop();
    await eventually(async () => expect(await sharesOf()).toEqual([[expect.any(Number)]]));
    const heir = new Recorder<'content.flagged'>();
    await (await aBus()).subscribe('content.flagged', 'worker', heir.handler);
    expect((await sharesOf()).map(({ length }) => length).sort()).toEqual([1, settings.partitions - 1]);
    release();
    await stopped;
    const events = many(20);
    await bus.publish('content.flagged', events);
    await eventually(() => expect(heir.ids()).toEqual(idsOf(events)));
    expect(recorder.deliveries).toHaveLength(1);
  });

  it('is held up neither by a slow event, nor by those that wait for their retry', async () => {
    settings = { ...settings, partitions: 1 };
    const events = many(100);
    const [slow, failing] = [events[0]!.id, new Set(events.slice(1, 20).map(({ id }) => id))];
    const held = gate();
    const recorder = new Recorder<'content.flagged'>(async (batch) => {
      if (batch.some(({ event }) => event.id === slow)) await held.opened;
      return batch.map(({ event }) => (failing.has(event.id) ? retry('the store is away') : done()));
    });
    const bus = await aBus({ delivery: { ...delivery, retryDelaysSeconds: [3_600] } });
    await bus.subscribe('content.flagged', 'worker', recorder.handler, { batchSize: 1, concurrency: 2 });
    await bus.publish('content.flagged', events);
    await eventually(() => expect(recorder.handled).toBe(80));
    expect(recorder.deliveries).toHaveLength(100);
    held.open();
    await eventually(() => expect(recorder.handled).toBe(81));
  });

  it('stays in its group while a handler takes longer than a session, and its memory is full', async () => {
    const events = many(50);
    const { recorder, release } = holding((id) => id === events[0]!.id);
    const bus = await aBus({ delivery: { ...delivery, batchesAhead: 1 } });
    await bus.subscribe('content.flagged', 'worker', recorder.handler, { batchSize: 2 });
    await bus.publish('content.flagged', [events[0]!]);
    await eventually(() => expect(recorder.deliveries).toHaveLength(1));
    await bus.publish('content.flagged', events.slice(1));
    const before = await membersNow();
    const since = performance.now();
    await eventually(() =>
      expect(performance.now() - since).toBeGreaterThan(2.5 * delivery.sessionTimeoutMs),
    );
    expect(await membersNow()).toEqual(before);
    release();
    await eventually(() => expect(recorder.ids()).toEqual(idsOf(events)));
  });

  it('buries what kills its process at every try, and spends no more than two tries of its neighbours', async () => {
    const events = many(12);
    const deadly = events[5]!.id;
    const bus = await aBus();
    await bus.publish('content.flagged', events);
    const batches: [string, number][][] = [];
    const script = fileURLToPath(new URL('crashing-consumer.mjs', import.meta.url));
    const args = [script, JSON.stringify(settings), JSON.stringify(delivery), deadly];
    const [letter] = await eventually(async () => {
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      createInterface(child.stdout).on('line', (line) =>
        batches.push(JSON.parse(line) as [string, number][]),
      );
      try {
        const isOver = Promise.race([once(child, 'exit'), buried(bus)]);
        await isOver;
      } finally {
        child.kill('SIGKILL');
      }
      const letters = await bus.deadLetters();
      expect(letters).toHaveLength(1);
      return letters;
    }, 60_000);
    expect(letter).toMatchObject({ event: { id: deadly }, attempts: delivery.maxAttempts });
    expect(letter!.reason).toContain('stopped answering');
    const triesOf = (id: string): number[] =>
      batches.flat().flatMap(([each, attempt]) => (each === id ? [attempt] : []));
    expect(triesOf(deadly)).toEqual([1, 2, 3]);
    const withDeadly = batches.filter((batch) => batch.some(([id]) => id === deadly));
    expect(withDeadly.slice(1).map(({ length }) => length)).toEqual([1, 1]);
    for (const { id } of events)
      if (id !== deadly) expect(Math.max(0, ...triesOf(id))).toBeLessThanOrEqual(2);
    const heir = new Recorder<'content.flagged'>();
    await bus.subscribe('content.flagged', 'worker', heir.handler);
    const others = idsOf(events.filter(({ id }) => id !== deadly));
    await eventually(() =>
      expect([...new Set([...batches.flat().map(([id]) => id), ...heir.ids()])].sort()).toEqual(
        [...others, deadly].sort(),
      ),
    );
  }, 90_000);
});

const buried = async (bus: KafkaBus): Promise<void> => {
  await eventually(async () => expect(await bus.deadLetters()).toHaveLength(1), 60_000);
};

describe('A Kafka subscription, when its broker is killed', () => {
  let broker: KafkaBroker | undefined;
  beforeAll(async () => {
    broker = await KafkaBroker.start();
  });
  afterAll(() => broker?.remove());

  it('goes on when it is back, and has lost nothing that was accepted', async () => {
    settings = freshSettings(broker!.brokers);
    const recorder = new Recorder<'content.flagged'>((batch) =>
      batch.map(({ attempt }) => (attempt === 1 && Math.random() < 0.2 ? retry('by chance') : done())),
    );
    const bus = await aBus({ delivery: { ...delivery, maxAttempts: 12 } });
    await bus.subscribe('content.flagged', 'worker', recorder.handler, { batchSize: 8, concurrency: 2 });
    const accepted: string[] = [];
    let isOver = false;
    const publishing = (async () => {
      while (!isOver) {
        const events = many(5);
        try {
          await bus.publish('content.flagged', events);
          accepted.push(...events.map(({ id }) => id));
        } catch (error) {
          expect(error).toBeInstanceOf(BusUnavailable);
          // A refusal comes at once: without a pause nothing else in this process would ever have its turn.
          await delay(20);
        }
      }
    })();
    await eventually(() => expect(accepted.length).toBeGreaterThan(200));
    await broker!.kill();
    await broker!.restart();
    const before = accepted.length;
    await eventually(() => expect(accepted.length).toBeGreaterThan(before + 200), 60_000);
    isOver = true;
    await publishing;
    await eventually(() => {
      const seen = new Set(recorder.ids());
      expect(accepted.filter((id) => !seen.has(id))).toEqual([]);
    }, 60_000);
    await eventually(async () => expect((await bus.backlog('content.flagged', 'worker')).waiting).toBe(0));
    expect(await bus.deadLetters()).toEqual([]);
  }, 180_000);
});
