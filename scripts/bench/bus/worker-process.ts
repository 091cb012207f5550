import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { DiskBlobStore } from '#libs/blobs';
import type { EventOn } from '#libs/domain';
import { type EventBus, openBus, topicNames } from '#libs/events';
import { createLogger } from '#libs/platform';
import kafkajs, { type Admin } from 'kafkajs';
import { KafkaBroker } from '../../services/kafka-broker.js';
import { startTemporaryPostgres } from '../../start/postgres/temporary-postgres.js';
import { prepareDatabase } from '../../start/prepare-database.js';
import { AppProcess } from '../../start/processes/app-process.js';
import { LogBook } from '../../start/processes/log-book.js';
import { SupervisedProcess } from '../../start/processes/supervised-process.js';
import { freePort } from '../peers.js';
import { kafkaSettings } from './kafka-settings.js';

const prefix = 'sluice.';
const pollMs = 50;
const patienceMs = 60_000;

/** The worker as it is deployed, on a Kafka, a Postgres and a folder of images of its own. */
export class BenchedWorker {
  private pidNow = 0;
  private worker: SupervisedProcess | undefined;

  private constructor(
    private readonly env: Record<string, string>,
    private readonly logs: LogBook,
    private readonly bus: EventBus,
    private readonly admin: Admin,
    readonly blobs: DiskBlobStore,
    private readonly letGo: () => Promise<void>,
  ) {}

  /** All but the worker itself. */
  static async prepare(env: Record<string, string> = {}): Promise<BenchedWorker> {
    const undo: (() => Promise<unknown>)[] = [];
    const letGo = async (): Promise<void> => {
      for (const step of undo.reverse()) await step();
    };
    try {
      const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
      undo.push(() => rm(folder, { recursive: true, force: true }));
      const postgres = await startTemporaryPostgres();
      undo.push(() => postgres.stop());
      await prepareDatabase(postgres.url, folder);
      const broker = await KafkaBroker.start();
      undo.push(() => broker.remove());
      const logs = new LogBook(join(folder, 'logs'), false);
      undo.push(() => logs.close());
      const bus = await openBus(
        { kafka: kafkaSettings(broker.brokers, prefix) },
        { databaseUrl: '', logger: createLogger('bench', 'warn') },
      );
      undo.push(() => bus.close());
      const admin = new kafkajs.Kafka({
        brokers: [broker.brokers],
        logLevel: kafkajs.logLevel.ERROR,
      }).admin();
      await admin.connect();
      undo.push(() => admin.disconnect());
      const settings = {
        HOST: '127.0.0.1',
        DATABASE_URL: postgres.url,
        DATA_DIR: folder,
        KAFKA_BROKERS: broker.brokers,
        KAFKA_TOPIC_PREFIX: prefix,
        ...env,
      };
      const blobs = await DiskBlobStore.open(join(folder, 'blobs'));
      return new BenchedWorker(settings, logs, bus, admin, blobs, letGo);
    } catch (error) {
      await letGo();
      throw error;
    }
  }

  /** Resolves when it is ready. */
  async start(): Promise<void> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const app = new AppProcess('worker', url, { ...this.env, WORKER_PORT: String(port) }, this.logs);
    this.worker = new SupervisedProcess(app, {
      started: (_name, pid) => (this.pidNow = pid),
      ended: () => undefined,
      // figures over a crash would be of something else
      crashed: (name, how) => console.error(`${name} ${how}`),
      recovered: () => undefined,
    });
    await this.worker.start();
  }

  get pid(): number {
    return this.pidNow;
  }

  publish(events: EventOn<'content.flagged'>[]): Promise<void> {
    return this.bus.publish('content.flagged', events);
  }

  /** Results that the worker has published so far; asked of the broker, which costs the worker nothing. */
  async published(): Promise<number> {
    const offsets = await this.admin.fetchTopicOffsets(topicNames(prefix, 0).main('content.rescored'));
    return offsets.reduce((sum, { high }) => sum + Number(high), 0);
  }

  /** @throws Error when no further result is published for a while */
  async untilPublished(
    count: number,
    onProgress: (published: number) => void = () => undefined,
  ): Promise<void> {
    let [last, changedAt] = [await this.published(), performance.now()];
    for (;;) {
      const published = await this.published();
      onProgress(published);
      if (published >= count) return;
      if (published > last) [last, changedAt] = [published, performance.now()];
      if (performance.now() - changedAt > patienceMs)
        throw new Error(`the worker stands still at ${published} of ${count} results`);
      await delay(pollMs);
    }
  }

  async stop(): Promise<void> {
    await this.worker?.stop();
    await this.letGo();
  }
}
