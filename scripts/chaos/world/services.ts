import path from 'node:path';
import { KafkaBroker } from '../../services/kafka-broker.js';
import { S3Server } from '../../services/s3-server.js';
import { Toxiproxy } from '../../services/toxiproxy.js';
import type { Proxy } from '../../services/toxiproxy/proxy.js';
import { anyFreePort } from '../../start/free-port.js';
import type { ChaosOptions } from '../options.js';
import { RestartablePostgres } from './postgres.js';

export type ServiceName = 'postgres' | 'kafka' | 's3';

/** The real servers, and a proxy before each: the apps only ever see the proxies. */
export interface Services {
  postgres: RestartablePostgres;
  /** undefined: the bus is on Postgres */
  kafka: KafkaBroker | undefined;
  /** undefined: blobs are on disk */
  s3: S3Server | undefined;
  proxies: Partial<Record<ServiceName, Proxy>>;
  /** the apps' way to them */
  env: Record<string, string>;
  /** folder in which a stored picture lies under its key */
  pictures: string;
  /** past the proxies, for the one who counts */
  directEnv: Record<string, string>;
  stop(): Promise<void>;
}

const host = '127.0.0.1';

/** @throws ServiceError when one cannot be had here: with the reason */
export const startServices = async (folder: string, options: ChaosOptions): Promise<Services> => {
  const started: (() => Promise<unknown>)[] = [];
  const stop = async (): Promise<void> => {
    for (const each of started.reverse()) await each().catch((error: unknown) => console.error(error));
  };
  try {
    return { ...(await startEach(folder, options, started)), stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const startEach = async (
  folder: string,
  { bus, blobs }: ChaosOptions,
  started: (() => Promise<unknown>)[],
): Promise<Omit<Services, 'stop'>> => {
  const toxiproxy = await Toxiproxy.start({ say });
  started.push(() => toxiproxy.stop());
  const proxies: Services['proxies'] = {};
  const before = async (name: ServiceName, upstream: string): Promise<Proxy> =>
    (proxies[name] = await toxiproxy.proxy({ name, upstream }));

  const postgres = await RestartablePostgres.start(folder);
  started.push(() => postgres.stop());
  const behind = new URL(postgres.url);
  const database = await before('postgres', behind.host);
  const env: Record<string, string> = { DATABASE_URL: withPort(postgres.url, database.port) };
  const directEnv: Record<string, string> = { DATABASE_URL: postgres.url };

  const kafka = bus === 'kafka' ? await startKafka(before, started) : undefined;
  if (kafka) {
    env['KAFKA_BROKERS'] = kafka.address;
    // By the proxy too: the broker sends everybody there. Who counts comes when no fault is left.
    directEnv['KAFKA_BROKERS'] = kafka.address;
  }
  const s3 = blobs === 's3' ? await S3Server.start({ folder: path.join(folder, 's3'), say }) : undefined;
  if (s3) {
    started.push(() => s3.stop());
    const proxy = await before('s3', s3.address);
    const credentials = {
      S3_BUCKET: s3.bucket,
      S3_REGION: s3.region,
      S3_ACCESS_KEY_ID: s3.accessKeyId,
      S3_SECRET_ACCESS_KEY: s3.secretAccessKey,
    };
    Object.assign(env, credentials, { S3_ENDPOINT: `http://${proxy.address}` });
    Object.assign(directEnv, credentials, { S3_ENDPOINT: s3.endpoint });
  }
  // Of versitygw's folder `objects`, each bucket is one.
  const pictures = s3 ? path.join(folder, 's3', 'objects', s3.bucket) : path.join(folder, 'blobs');
  return { postgres, kafka: kafka?.broker, s3, pictures, proxies, env, directEnv };
};

/** Clients go where the broker tells them to, so it tells them the proxy's address. */
const startKafka = async (
  before: (name: ServiceName, upstream: string) => Promise<Proxy>,
  started: (() => Promise<unknown>)[],
): Promise<{ broker: KafkaBroker; address: string }> => {
  const port = await anyFreePort(host);
  const { address } = await before('kafka', `${host}:${port}`);
  const broker = await KafkaBroker.start({ port, advertised: address, say });
  started.push(() => broker.remove());
  return { broker, address };
};

const withPort = (url: string, port: number): string => {
  const changed = new URL(url);
  changed.port = String(port);
  return changed.href;
};

const say = (line: string): void => console.log(`          ${line}`);
