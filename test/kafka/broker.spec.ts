import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KafkaSettings } from '#libs/events';
import { KafkaBus } from '../../libs/events/src/kafka/kafka-bus.js';
import { createLogger } from '#libs/platform';
import { KafkaBroker } from '../../scripts/services/kafka-broker.js';
import { identify, isAlive } from '../../scripts/start/instance/process-identity.js';
import { aFlaggedEvent } from '../builders/event.builder.js';
import { eventually } from '../medium/eventually.js';

const logger = createLogger('broker-test', 'silent');

describe('A Kafka broker of our own', () => {
  let broker: KafkaBroker;
  beforeAll(async () => {
    broker = await KafkaBroker.start();
  });
  afterAll(() => broker.remove());

  const settings = (): KafkaSettings => ({
    brokers: [broker.brokers],
    topicPrefix: 'kept.',
    partitions: 1,
    replication: 1,
    retentionHours: 1,
    tls: false,
  });
  const withBus = async <T>(work: (bus: KafkaBus) => Promise<T>): Promise<T> => {
    const bus = await KafkaBus.open({ settings: settings(), logger });
    try {
      return await work(bus);
    } finally {
      await bus.close();
    }
  };
  const received = (count: number): Promise<string[]> =>
    withBus(async (bus) => {
      const ids = new Set<string>();
      await bus.subscribe('content.flagged', 'worker', (batch) => {
        for (const { event } of batch) ids.add(event.id);
        return Promise.resolve(batch.map(() => ({ kind: 'done' })));
      });
      await eventually(() => expect(ids.size).toBe(count));
      return [...ids];
    });

  it('keeps what it accepted over a stop and over a kill, at the same address', async () => {
    const address = broker.brokers;
    const [stopped, killed] = [aFlaggedEvent(), aFlaggedEvent()];

    await withBus((bus) => bus.publish('content.flagged', [stopped]));
    await broker.stop();
    await broker.restart();
    await withBus((bus) => bus.publish('content.flagged', [killed]));
    await broker.kill();
    await broker.restart();

    expect(broker.brokers).toBe(address);
    expect((await received(2)).sort()).toEqual([stopped.id, killed.id].sort());
  });

  it('cannot be started on a port that is taken, and says so', async () => {
    const port = Number(broker.brokers.split(':')[1]);

    await expect(KafkaBroker.start({ port })).rejects.toThrow(`Port ${port} on 127.0.0.1 is in use`);
  });

  it('says with its own words why it does not start', async () => {
    await expect(KafkaBroker.start({ properties: { 'log.segment.bytes': 'many' } })).rejects.toThrow(
      /log\.segment\.bytes/,
    );
  });

  it('ends, and takes its folder along, when the process that started it is killed', async () => {
    const program = fileURLToPath(new URL('abandoned-broker.mjs', import.meta.url));
    const parent = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = (await once(createInterface(parent.stdout), 'line')) as [string];
    const { pid, folder } = JSON.parse(line) as { pid: number; folder: string };
    const server = (await identify(pid))!;

    parent.kill('SIGKILL');

    await eventually(async () => expect(await isAlive(server)).toBe(false));
    await eventually(() => expect(existsSync(folder)).toBe(false));
  });
});
