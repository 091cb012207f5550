import { chmod, mkdir, mkdtemp } from 'node:fs/promises';
import path from 'node:path';
import { blobFields, blobSettings, type BlobStore, openBlobStore } from '#libs/blobs';
import {
  connectDatabase,
  createApiKey,
  type DataSource,
  defaultPolicyName,
  migrate,
  publishPolicy,
} from '#libs/database';
import { busFields, busSettings, type EventBus, openBus } from '#libs/events';
import { createLogger, fields, loadConfig, projectRoot } from '#libs/platform';
import { z } from 'zod';
import type { ChaosOptions } from '../options.js';
import { Fleet } from './fleet.js';
import { type Services, startServices } from './services.js';
import { chaosPolicy, writeStubPacks } from './stub-packs.js';

/** Everything that runs, and the ways past the faults for the one who counts. */
export interface World {
  folder: string;
  logs: string;
  services: Services;
  fleet: Fleet;
  apiKey: { id: string; key: string };
  policyVersion: number;
  /** a look at the database that no proxy stands before */
  database: DataSource;
  /** what the suite asks for backlog and dead letters */
  openBus(): Promise<EventBus>;
  openBlobs(): Promise<BlobStore>;
  stop(): Promise<void>;
}

/** A folder of this run: Postgres, which runs under an account of its own as root, must get through to its part. */
export const makeFolder = async (seed: number): Promise<{ folder: string; logs: string }> => {
  const parent = path.join(projectRoot, '.data', 'chaos');
  await mkdir(parent, { recursive: true, mode: 0o711 });
  const folder = await mkdtemp(path.join(parent, `seed-${seed}-`));
  await chmod(folder, 0o711);
  const logs = path.join(folder, 'logs');
  await mkdir(logs, { mode: 0o711 });
  return { folder, logs };
};

/** @throws ServiceError, ProcessFailed; then nothing is left running */
export const startWorld = async (
  { folder, logs }: { folder: string; logs: string },
  options: ChaosOptions,
  say: (line: string) => void,
): Promise<World> => {
  const services = await startServices(folder, options);
  say(
    `servers run: ${['postgres', options.bus, options.blobs].filter(unique).join(', ')}, a proxy before each`,
  );
  let database: DataSource | undefined;
  try {
    database = await connectDatabase({
      url: services.postgres.url,
      poolSize: 4,
      applicationName: 'sluice-chaos',
    });
    await migrate(database);
    const policyVersion = await publishPolicy(database, defaultPolicyName, chaosPolicy);
    const apiKey = await createApiKey(database, { name: 'chaos', requestsPerMinute: 10_000_000 });
    await writeStubPacks(path.join(folder, 'models'));
    const fleet = await Fleet.start(services.env, folder, logs);
    say('two gateways, two workers and two review apps are ready');
    const dataSource = database;
    return {
      folder,
      logs,
      services,
      fleet,
      apiKey,
      policyVersion,
      database,
      ...counters(services.directEnv, folder),
      stop: async () => {
        await fleet.stop();
        await dataSource.destroy().catch(() => undefined);
        await services.stop();
      },
    };
  } catch (error) {
    await database?.destroy().catch(() => undefined);
    await services.stop();
    throw error;
  }
};

const unique = (each: string, place: number, all: string[]): boolean => all.indexOf(each) === place;

/** The same doors into bus and store that the apps have. */
const counters = (
  env: Record<string, string>,
  folder: string,
): { openBus(): Promise<EventBus>; openBlobs(): Promise<BlobStore> } => {
  const logger = createLogger('chaos', 'error');
  const read = loadConfig(z.object({ DATA_DIR: fields.text('.data'), ...busFields, ...blobFields }), {
    ...env,
    DATA_DIR: folder,
    KAFKA_PARTITIONS: '4',
  });
  return {
    openBus: () => openBus(busSettings(read), { databaseUrl: env['DATABASE_URL']!, logger }),
    openBlobs: () => openBlobStore(blobSettings(read)),
  };
};
