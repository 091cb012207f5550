import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { dead, InvalidEvent, type KafkaBus, type KafkaBusOptions, type KafkaSettings } from '#libs/events';
import { aFlaggedEvent } from '../builders/event.builder.js';
import { eventBusContract } from '../contracts/event-bus.contract.js';
import { Recorder } from '../contracts/recorder.js';
import { eventually } from '../medium/eventually.js';
import { delivery, freshSettings, inject, messagesOn, openBus } from './place.js';

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
  let flagged: string;
  const opened: KafkaBus[] = [];
  const aBus = async (options: Partial<KafkaBusOptions> = {}): Promise<KafkaBus> => {
    const bus = await openBus(settings, options);
    opened.push(bus);
    return bus;
  };
  beforeEach(() => {
    settings = freshSettings();
    flagged = `${settings.topicPrefix}content.flagged`;
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
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const event = { ...aFlaggedEvent(), traceparent };
    await bus.publish('content.flagged', [event]);
    const [message] = await messagesOn(settings, flagged, (seen) => seen.length > 0);
    const headers = Object.entries(message!.headers ?? {}).map(([name, value]) => [name, String(value)]);
    expect(Object.fromEntries(headers)).toEqual({
      'content-type': 'application/json',
      ce_specversion: '1.0',
      ce_type: 'sluice.content.flagged.v1',
      ce_id: event.id,
      ce_source: event.source,
      ce_subject: event.subject,
      ce_time: event.time,
      ce_traceparent: traceparent,
    });
    expect(String(message!.key)).toBe(event.subject);
    expect(JSON.parse(String(message!.value))).toEqual(event.data);
  });

  it('publishes nothing that is longer than an event may be', async () => {
    const bus = await aBus({ delivery: { ...delivery, maxEventBytes: 100 } });
    await expect(bus.publish('content.flagged', [aFlaggedEvent()])).rejects.toThrow(InvalidEvent);
  });

  it('takes thousands of events in one publish', async () => {
    const bus = await aBus();
    await bus.publish(
      'content.flagged',
      Array.from({ length: 3_000 }, () => aFlaggedEvent()),
    );
    expect((await bus.backlog('content.flagged', 'worker')).waiting).toBe(3_000);
  });

  it('buries what is too long, of another version or no JSON, and delivers what stands around it', async () => {
    const bus = await aBus();
    const [before, after] = [aFlaggedEvent(), aFlaggedEvent()];
    const headers = { 'content-type': 'application/json', ce_specversion: '1.0', ce_id: 'a stranger’s' };
    const type = 'sluice.content.flagged.v1';
    await bus.publish('content.flagged', [before]);
    await inject(settings, flagged, {
      key: 'long',
      value: JSON.stringify('x'.repeat(2_000_000)),
      headers: { ...headers, ce_type: type, 'x-of-theirs': 'kept' },
    });
    await inject(
      settings,
      flagged,
      { value: '{"data":', headers: { ...headers, ce_type: type } },
      { value: '{}', headers: { ...headers, ce_type: 'sluice.content.flagged.v9' } },
      { key: 'nothing', value: null },
    );
    await bus.publish('content.flagged', [after]);
    const recorder = new Recorder<'content.flagged'>();
    await bus.subscribe('content.flagged', 'worker', recorder.handler);
    const letters = await eventually(async () => {
      const found = await bus.deadLetters();
      expect(found).toHaveLength(4);
      return found;
    });
    await eventually(() => expect(recorder.ids()).toEqual([before.id, after.id].sort()));
    const reasons = letters.map(({ reason }) => reason).join('\n');
    expect(reasons).toMatch(/2000002 bytes long.*only the first 900000/);
    expect(reasons).toMatch(/no JSON/);
    expect(reasons).toMatch(/v9.* is not sluice\.content\.flagged\.v1/);
    expect(reasons).toMatch(/no value/);
    const buried = await messagesOn(
      settings,
      `${settings.topicPrefix}dead-letters`,
      (seen) => seen.length >= 4,
    );
    expect(buried.map((message) => message.headers?.['x-of-theirs']?.toString())).toContain('kept');
    // what was cut cannot be what it was
    const long = letters.find(({ reason }) => reason.includes('2000002'))!;
    expect(await bus.redrive([long.id])).toBe(0);
  });

  it('keeps no credentials in a dead letter', async () => {
    const bus = await aBus();
    await bus.subscribe('content.flagged', 'worker', (batch) =>
      Promise.resolve(
        batch.map(() => dead('postgres://sluice:hunter2@db refused\n    at connect (pg.js:1:1)')),
      ),
    );
    await bus.publish('content.flagged', [aFlaggedEvent()]);
    await eventually(async () => expect(await bus.deadLetters()).toHaveLength(1));
    expect((await bus.deadLetters())[0]!.reason).toBe('postgres://***@db refused');
  });

  it('redrives every letter once, however many do so at the same time', async () => {
    const buses = await Promise.all(Array.from({ length: 4 }, () => aBus()));
    let mended = false;
    const recorder = new Recorder<'content.flagged'>((batch) =>
      batch.map(() => (mended ? { kind: 'done' } : dead('broken'))),
    );
    await buses[0]!.subscribe('content.flagged', 'worker', recorder.handler);
    const events = Array.from({ length: 150 }, () => aFlaggedEvent());
    await buses[0]!.publish('content.flagged', events);
    await eventually(async () => expect(await buses[0]!.deadLetters({ limit: 1_000 })).toHaveLength(150));
    const ids = (await buses[0]!.deadLetters({ limit: 1_000 })).map(({ id }) => id);
    mended = true;
    const counts = await Promise.all(buses.map((bus) => bus.redrive(ids)));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(150);
    await eventually(() => expect(recorder.handled).toBe(150));
    await eventually(async () => expect(await buses[0]!.deadLetters()).toEqual([]));
    await eventually(async () =>
      expect(await buses[0]!.backlog('content.flagged', 'worker')).toEqual({ waiting: 0, oldestSeconds: 0 }),
    );
    expect(recorder.handled).toBe(150);
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
    await inject(settings, flagged, ...messages);
    const looks = await Promise.all([1, 2, 3].map(() => bus.backlog('content.flagged', 'worker')));
    for (const { waiting, oldestSeconds } of looks) {
      expect(waiting).toBe(4);
      expect(oldestSeconds).toBeGreaterThanOrEqual(3_000);
      // a tenth, and what this test may have taken
      expect(oldestSeconds).toBeLessThan(3_000 * 1.1 + 60);
    }
  });
});
