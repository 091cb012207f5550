import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Topic } from '#libs/domain';
import {
  type BatchHandler,
  BusUnavailable,
  dead,
  done,
  type EventBus,
  InvalidEvent,
  retry,
} from '#libs/events';
import { aFlaggedEvent, aJudgedEvent } from '../builders/event.builder.js';
import { eventually } from '../medium/eventually.js';
import { gate, Recorder } from './recorder.js';

/** A place for events, as several processes see it. Leases in it should be as short as the adapter can. */
export interface BusUnderTest {
  /** one more bus over the same place, as another process would open */
  openBus(): Promise<EventBus>;
  /** a process that takes a batch for `group`, prints one line `<event id>` for each in it, and never answers */
  spawnStuckConsumer(topic: Topic, group: string): ChildProcess;
  /** puts something on a topic that no publisher of ours would */
  inject(topic: Topic, payload: object): Promise<void>;
  /** the least wait before the retry after the n-th try, in milliseconds */
  leastRetryMs(attempt: number): number;
  maxAttempts: number;
  /** the longest that events of a dead consumer take to come again, in milliseconds */
  redeliveryMs: number;
  dispose(): Promise<void>;
}

const many = (count: number) => Array.from({ length: count }, () => aFlaggedEvent());
const idsOf = (events: { id: string }[]): string[] => events.map(({ id }) => id).sort();

/** What every event bus must do, whatever it stands on. */
export const eventBusContract = (name: string, open: () => Promise<BusUnderTest>): void => {
  describe(`${name} keeps the bus contract`, () => {
    let place: BusUnderTest;
    let bus: EventBus;
    const opened: EventBus[] = [];
    const openBus = async (): Promise<EventBus> => {
      const another = await place.openBus();
      opened.push(another);
      return another;
    };
    beforeEach(async () => {
      place = await open();
      bus = await openBus();
    });
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((each) => each.close()));
      await place.dispose();
    });

    it('delivers every event to each group that consumes its topic', async () => {
      const worker = new Recorder<'content.flagged'>();
      const review = new Recorder<'content.flagged'>();
      await bus.subscribe('content.flagged', 'worker', worker.handler);
      await bus.subscribe('content.flagged', 'review', review.handler);
      const events = many(30);
      await bus.publish('content.flagged', events);
      await eventually(() => {
        expect(worker.ids()).toEqual(idsOf(events));
        expect(review.ids()).toEqual(idsOf(events));
      });
      expect(worker.deliveries.map(({ event }) => event)).toEqual(expect.arrayContaining(events));
    });

    it('delivers what was published while nobody subscribed', async () => {
      const events = many(3);
      await bus.publish('content.flagged', events);
      const worker = new Recorder<'content.flagged'>();
      await (await openBus()).subscribe('content.flagged', 'worker', worker.handler);
      await eventually(() => expect(worker.ids()).toEqual(idsOf(events)));
    });

    it('shares events among the consumers of one group, each handled once', async () => {
      const recorder = new Recorder<'content.flagged'>();
      const busy = new Set<number>();
      for (const consumer of [0, 1, 2]) {
        const handler: BatchHandler<'content.flagged'> = (batch) => {
          busy.add(consumer);
          return recorder.handler(batch);
        };
        const options = { batchSize: 5, concurrency: 2 };
        await (await openBus()).subscribe('content.flagged', 'worker', handler, options);
      }
      const events = many(300);
      for (let at = 0; at < events.length; at += 10)
        await bus.publish('content.flagged', events.slice(at, at + 10));
      await eventually(() => expect(recorder.deliveries.length).toBeGreaterThanOrEqual(events.length));
      expect(recorder.ids()).toEqual(idsOf(events));
      expect(busy.size).toBeGreaterThan(1);
      await eventually(async () =>
        expect(await bus.backlog('content.flagged', 'worker')).toEqual({ waiting: 0, oldestSeconds: 0 }),
      );
    });

    it('hands over no more at a time than the subscription asks for', async () => {
      await bus.publish('content.flagged', many(60));
      // nothing is finished until two batches are held, or a quick handler would never have two
      const twoAreHeld = gate();
      const recorder = new Recorder<'content.flagged'>(async (batch) => {
        await twoAreHeld.opened;
        return batch.map(done);
      });
      await bus.subscribe('content.flagged', 'worker', recorder.handler, { batchSize: 7, concurrency: 2 });
      await eventually(() => expect(recorder.mostAtOnce).toBe(2));
      expect(recorder.deliveries).toHaveLength(14);
      twoAreHeld.open();
      await eventually(() => expect(recorder.deliveries).toHaveLength(60));
      expect(Math.max(...recorder.batchSizes)).toBe(7);
      expect(recorder.mostAtOnce).toBe(2);
    });

    it('loses nothing when a consumer is killed in the middle of a batch', async () => {
      const events = many(40);
      await bus.publish('content.flagged', events);
      const consumer = place.spawnStuckConsumer('content.flagged', 'worker');
      const taken: string[] = [];
      createInterface(consumer.stdout!).on('line', (line) => taken.push(line));
      await eventually(() => expect(taken.length).toBeGreaterThan(0));
      const exited = once(consumer, 'exit');
      consumer.kill('SIGKILL');
      await exited;

      const survivor = new Recorder<'content.flagged'>();
      await bus.subscribe('content.flagged', 'worker', survivor.handler);
      await eventually(() => expect(survivor.ids()).toEqual(idsOf(events)));
      const again = survivor.deliveries.filter(({ event }) => taken.includes(event.id));
      expect(again.map(({ attempt }) => attempt)).toEqual(taken.map(() => 2));
    });

    it('does not deliver a batch again while its handler is slow but alive', async () => {
      const slow = gate();
      const recorder = new Recorder<'content.flagged'>(async (batch) => {
        await slow.opened;
        return batch.map(done);
      });
      await bus.subscribe('content.flagged', 'worker', recorder.handler, { batchSize: 2 });
      await (await openBus()).subscribe('content.flagged', 'worker', recorder.handler, { batchSize: 2 });
      await bus.publish('content.flagged', many(2));
      await eventually(() => expect(recorder.deliveries).toHaveLength(2));
      const since = Date.now();
      await eventually(() => expect(Date.now() - since).toBeGreaterThan(place.redeliveryMs));
      slow.open();
      await eventually(() => expect(recorder.handled).toBe(2));
      expect(recorder.deliveries).toHaveLength(2);
    });

    it('keeps poison from the handler and from the other events, with the reason in the dead letters', async () => {
      const [before, after] = [aFlaggedEvent(), aFlaggedEvent()];
      await bus.publish('content.flagged', [before]);
      await place.inject('content.flagged', {
        ...aFlaggedEvent(),
        subject: 'not a uuid',
        data: { nonsense: 1 },
      });
      await bus.publish('content.flagged', [after]);
      const recorder = new Recorder<'content.flagged'>();
      await bus.subscribe('content.flagged', 'worker', recorder.handler);
      await eventually(() => expect(recorder.ids()).toEqual(idsOf([before, after])));
      const [letter, ...others] = await eventually(async () => {
        const letters = await bus.deadLetters({ group: 'worker' });
        expect(letters).not.toHaveLength(0);
        return letters;
      });
      expect(others).toEqual([]);
      expect(letter).toMatchObject({
        topic: 'content.flagged',
        group: 'worker',
        event: { data: { nonsense: 1 } },
      });
      expect(letter!.reason).toContain('subject');
      expect(letter!.reason).toContain('data.content');
      expect(await bus.deadLetter(letter!.id)).toEqual(letter);
    });

    it('retries with growing waits, and leaves the rest of the batch done', async () => {
      const events = many(3);
      const failing = events[1]!.id;
      const triedAt: number[] = [];
      const recorder = new Recorder<'content.flagged'>((batch) =>
        batch.map(({ event, attempt }) => {
          if (event.id !== failing) return done();
          triedAt.push(Date.now());
          return attempt < 3 ? retry('the model was away') : done();
        }),
      );
      await bus.subscribe('content.flagged', 'worker', recorder.handler);
      await bus.publish('content.flagged', events);
      await eventually(() => expect(triedAt).toHaveLength(3));
      expect(recorder.attemptsOf(failing)).toEqual([1, 2, 3]);
      expect(recorder.attemptsOf(events[0]!.id)).toEqual([1]);
      expect(triedAt[1]! - triedAt[0]!).toBeGreaterThanOrEqual(place.leastRetryMs(1));
      expect(triedAt[2]! - triedAt[1]!).toBeGreaterThanOrEqual(place.leastRetryMs(2));
    });

    it('retries the whole batch when its handler throws, or takes longer than its limit', async () => {
      const recorder = new Recorder<'content.flagged'>((batch) => {
        if (batch.some(({ attempt }) => attempt === 1)) throw new Error('the blob store is away');
        return batch.map(done);
      });
      await bus.subscribe('content.flagged', 'worker', recorder.handler);
      const events = many(3);
      await bus.publish('content.flagged', events);
      await eventually(() => expect(recorder.handled).toBe(3));

      const hanging = new Recorder<'content.flagged'>((batch) =>
        batch.some(({ attempt }) => attempt === 1) ? new Promise(() => undefined) : batch.map(done),
      );
      await bus.subscribe('content.flagged', 'review', hanging.handler, { handlerLimitSeconds: 0.1 });
      await eventually(() => expect(hanging.handled).toBe(3));
      expect(await bus.deadLetters()).toEqual([]);
    });

    it('retries an event for which the handler gave no outcome', async () => {
      const recorder = new Recorder<'content.flagged'>((batch) =>
        batch[0]!.attempt === 1 ? [] : batch.map(done),
      );
      await bus.subscribe('content.flagged', 'worker', recorder.handler);
      await bus.publish('content.flagged', many(1));
      await eventually(() => expect(recorder.handled).toBe(1));
    });

    it('gives an event up after the last try, with the last reason', async () => {
      const recorder = new Recorder<'content.flagged'>((batch) =>
        batch.map(({ attempt }) => retry(`try ${attempt} failed, with a NUL \0 and half a pair \ud83d`)),
      );
      await bus.subscribe('content.flagged', 'worker', recorder.handler);
      const [event] = many(1);
      await bus.publish('content.flagged', [event!]);
      const letter = await eventually(async () => {
        const [first] = await bus.deadLetters();
        expect(first).toBeDefined();
        return first!;
      });
      expect(recorder.deliveries.map(({ attempt, isLastAttempt }) => [attempt, isLastAttempt])).toEqual(
        Array.from({ length: place.maxAttempts }, (_, at) => [at + 1, at + 1 === place.maxAttempts]),
      );
      expect(letter).toMatchObject({ event: { id: event!.id }, attempts: place.maxAttempts });
      expect(letter.reason).toContain(`try ${place.maxAttempts} failed`);
    });

    it('puts what no retry will mend aside at once, and delivers it again when redriven', async () => {
      let mended = false;
      const recorder = new Recorder<'content.flagged'>((batch) =>
        batch.map(() => (mended ? done() : dead('the picture cannot be decoded'))),
      );
      const review = new Recorder<'content.flagged'>();
      await bus.subscribe('content.flagged', 'worker', recorder.handler);
      await bus.subscribe('content.flagged', 'review', review.handler);
      const events = many(2);
      await bus.publish('content.flagged', events);
      const letters = await eventually(async () => {
        const found = await bus.deadLetters({ topic: 'content.flagged' });
        expect(found).toHaveLength(2);
        return found;
      });
      expect(letters.map(({ reason, attempts }) => ({ reason, attempts }))).toEqual(
        letters.map(() => ({ reason: 'the picture cannot be decoded', attempts: 1 })),
      );
      await eventually(() => expect(review.handled).toBe(2));

      mended = true;
      const ids = letters.map(({ id }) => id);
      const redriven = await Promise.all([bus.redrive(ids), (await openBus()).redrive(ids)]);
      expect(redriven[0] + redriven[1]).toBe(2);
      await eventually(() => expect(recorder.handled).toBe(2));
      expect(recorder.attemptsOf(events[0]!.id)).toEqual([1, 1]);
      expect(review.deliveries).toHaveLength(2);
      expect(await bus.deadLetters()).toEqual([]);
      expect(await bus.redrive(['not an id'])).toBe(0);
    });

    it('lists dead letters newest first, by topic, group and time, and only so many', async () => {
      await bus.subscribe('content.flagged', 'worker', (batch) =>
        Promise.resolve(batch.map(() => dead('one'))),
      );
      await bus.publish('content.flagged', [aFlaggedEvent()]);
      await eventually(async () => expect(await bus.deadLetters()).toHaveLength(1));
      await bus.subscribe('content.judged', 'review', (batch) =>
        Promise.resolve(batch.map(() => dead('two'))),
      );
      await bus.publish('content.judged', [aJudgedEvent()]);
      await eventually(async () => expect(await bus.deadLetters()).toHaveLength(2));
      const reasons = async (filter: Parameters<EventBus['deadLetters']>[0]) =>
        (await bus.deadLetters(filter)).map(({ reason }) => reason);
      expect(await reasons({})).toEqual(['two', 'one']);
      expect(await reasons({ limit: 1 })).toEqual(['two']);
      expect(await reasons({ group: 'worker' })).toEqual(['one']);
      expect(await reasons({ topic: 'content.judged' })).toEqual(['two']);
      const [newest] = await bus.deadLetters();
      expect(await reasons({ before: newest!.diedAt })).toEqual(['one']);
    });

    it('accepts all events of a publish, or none', async () => {
      const recorder = new Recorder<'content.flagged'>();
      await bus.subscribe('content.flagged', 'worker', recorder.handler);
      const broken = { ...aFlaggedEvent(), subject: 'not a uuid' };
      await expect(bus.publish('content.flagged', [aFlaggedEvent(), broken])).rejects.toThrow(InvalidEvent);
      const [marker] = many(1);
      await bus.publish('content.flagged', [marker!]);
      await eventually(() => expect(recorder.ids()).toContain(marker!.id));
      expect(recorder.ids()).toEqual([marker!.id]);
    });

    it('lets the batch in flight end when it stops, takes no more, and loses nothing', async () => {
      const slow = gate();
      const first = new Recorder<'content.flagged'>(async (batch) => {
        await slow.opened;
        return batch.map(done);
      });
      const events = many(20);
      await bus.publish('content.flagged', events);
      // longer than another one may take to join on a busy machine: what is not done by then is handed back
      const options = { batchSize: 4, stopLimitSeconds: 90 };
      const subscription = await bus.subscribe('content.flagged', 'worker', first.handler, options);
      await eventually(() => expect(first.deliveries).toHaveLength(4));
      let stopped = false;
      const stopping = subscription.stop().then(() => (stopped = true));
      const second = new Recorder<'content.flagged'>();
      await (await openBus()).subscribe('content.flagged', 'worker', second.handler);
      await eventually(() => expect(second.handled).toBe(16));
      expect(stopped).toBe(false);
      slow.open();
      await stopping;
      expect(first.deliveries).toHaveLength(4);
      expect([...first.ids(), ...second.ids()].sort()).toEqual(idsOf(events));
      await eventually(async () => expect((await bus.backlog('content.flagged', 'worker')).waiting).toBe(0));
    });

    it('hands back what its handlers do not finish in time when it stops, without counting the try', async () => {
      const hanging = new Recorder<'content.flagged'>(() => new Promise(() => undefined));
      const options = { batchSize: 2, stopLimitSeconds: 0.1 };
      const subscription = await bus.subscribe('content.flagged', 'worker', hanging.handler, options);
      const events = many(3);
      await bus.publish('content.flagged', events);
      await eventually(() => expect(hanging.deliveries.length).toBeGreaterThan(0));
      await subscription.stop();
      const heir = new Recorder<'content.flagged'>();
      await (await openBus()).subscribe('content.flagged', 'worker', heir.handler);
      await eventually(() => expect(heir.ids()).toEqual(idsOf(events)));
      expect(heir.deliveries.map(({ attempt }) => attempt)).toEqual([1, 1, 1]);
    });

    it('stops its subscriptions when it is closed, and then accepts nothing', async () => {
      const recorder = new Recorder<'content.flagged'>();
      await bus.subscribe('content.flagged', 'worker', recorder.handler);
      await bus.check();
      await bus.close();
      const another = await openBus();
      await another.publish('content.flagged', many(1));
      await expect(bus.publish('content.flagged', many(1))).rejects.toThrow(BusUnavailable);
      await expect(bus.check()).rejects.toThrow(BusUnavailable);
      const heir = new Recorder<'content.flagged'>();
      await another.subscribe('content.flagged', 'worker', heir.handler);
      await eventually(() => expect(heir.handled).toBe(1));
      expect(recorder.deliveries).toEqual([]);
    });

    it('says how much waits, and for how long', async () => {
      await bus.publish('content.flagged', many(5));
      const backlog = await eventually(async () => {
        const found = await bus.backlog('content.flagged', 'review');
        expect(found.oldestSeconds).toBeGreaterThan(0);
        return found;
      });
      expect(backlog.waiting).toBe(5);
    });
  });
};
