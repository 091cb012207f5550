import path from 'node:path';
import { anyFreePort } from '../../start/free-port.js';
import type { AppName } from '../../start/settings.js';
import { AppInstance } from './app-instance.js';
import { fastPack } from './stub-packs.js';

const host = '127.0.0.1';
const instancesOfEach = 2;
const apps: AppName[] = ['gateway', 'worker', 'review'];

/** Two processes of each app, as small as they go: three kinds of server share two cores with them. */
export class Fleet {
  private constructor(readonly instances: AppInstance[]) {}

  static async start(env: Record<string, string>, folder: string, logs: string): Promise<Fleet> {
    const instances: AppInstance[] = [];
    for (const app of apps)
      for (let number = 1; number <= instancesOfEach; number++) {
        const port = await anyFreePort(host);
        const name = `${app}-${number}`;
        const all = { ...appEnv(folder), ...env, [`${app.toUpperCase()}_PORT`]: String(port) };
        instances.push(
          new AppInstance(name, app, `http://${host}:${port}`, all, path.join(logs, `${name}.log`)),
        );
      }
    const fleet = new Fleet(instances);
    const started = await Promise.allSettled(instances.map((each) => each.start()));
    const failed = started.find((each) => each.status === 'rejected');
    if (!failed) return fleet;
    await fleet.stop();
    throw failed.reason;
  }

  of(app: AppName): AppInstance[] {
    return this.instances.filter((each) => each.app === app);
  }

  /** Resolves once every process says that it is ready, with the name of the last one. */
  async untilReady(signal: AbortSignal): Promise<string> {
    let last = '';
    await Promise.all(
      this.instances.map(async (each) => {
        await each.untilReady(signal);
        last = each.name;
      }),
    );
    return last;
  }

  async stop(): Promise<void> {
    await Promise.all(this.instances.map((each) => each.stop()));
  }
}

const appEnv = (folder: string): Record<string, string> => ({
  HOST: host,
  DATA_DIR: folder,
  MODELS_DIR: path.join(folder, 'models'),
  FAST_PACK: fastPack,
  INFERENCE_THREADS: '1',
  UV_THREADPOOL_SIZE: '4',
  // Uploads that wait for a broken service hold a place each.
  QUEUE_LIMIT: '256',
  RATE_LIMIT_PER_MINUTE: '0',
  KAFKA_PARTITIONS: '4',
  LOG_LEVEL: 'info',
  // Nothing that this machine's environment says about another installation may leak into this one.
  ...Object.fromEntries(foreign.map((name) => [name, ''])),
});

const foreign = ['BLOB_DIR', 'NODE_OPTIONS', 'OTEL_EXPORTER_OTLP_ENDPOINT'];
