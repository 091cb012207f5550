import { readFile } from 'node:fs/promises';
import kafkajs, {
  type ISocketFactory,
  type Kafka,
  type KafkaConfig,
  type logCreator,
  type SASLOptions,
} from 'kafkajs';
import type { Logger } from '#libs/platform';
import { cleanReason } from '../clean-reason.js';
import { KafkaStartError } from '../errors.js';
import type { KafkaSettings } from './settings.js';

/** A connection over TLS with SASL takes some round trips; a broker that needs longer is as good as away. */
const connectionTimeoutMs = 3_000;
const authenticationTimeoutMs = 5_000;

/** A line of kafkajs is told so often at most: while a broker is away every try of every client writes some. */
const sameLineEveryMs = 60_000;

/** Different lines that are remembered; they hold names of brokers and topics, so there are not many. */
const mostLines = 200;

/** For which questions: consumers may wait for a rebalance, everybody else has a caller waiting. */
export type ClientUse = 'ask' | 'consume';

const patience = {
  ask: { requestTimeout: 4_000, retry: { initialRetryTime: 100, maxRetryTime: 1_000, retries: 5 } },
  // few tries: kafkajs puts retries into retries, and a consumer that breaks is replaced
  consume: { requestTimeout: 30_000, retry: { initialRetryTime: 200, maxRetryTime: 1_000, retries: 3 } },
} as const satisfies Record<ClientUse, Partial<KafkaConfig>>;

export interface ClientParts {
  settings: KafkaSettings;
  /** PEM of the brokers' certificate authority, if it is not one that Node knows */
  ca: string | undefined;
  logger: Logger;
  /** in tests: what stands between us and the brokers */
  socketFactory?: ISocketFactory;
}

/** @throws KafkaStartError when the file cannot be read */
export const readCa = async ({ tls }: KafkaSettings): Promise<string | undefined> => {
  if (!tls || !tls.caFile) return undefined;
  try {
    return await readFile(tls.caFile, 'utf8');
  } catch (cause) {
    const { code } = cause as { code?: string };
    throw new KafkaStartError(
      `KAFKA_CA_FILE: ${tls.caFile} cannot be read (${code ?? 'unknown error'}). It must be the PEM file of the authority that signed the brokers' certificates.`,
      { cause },
    );
  }
};

export const kafkaClient = (parts: ClientParts, use: ClientUse): Kafka =>
  new kafkajs.Kafka(clientOptions(parts, use));

export const clientOptions = (
  { settings, ca, logger, socketFactory }: ClientParts,
  use: ClientUse,
): KafkaConfig => ({
  clientId: clientIdOf(logger),
  brokers: settings.brokers,
  connectionTimeout: connectionTimeoutMs,
  authenticationTimeout: authenticationTimeoutMs,
  ...patience[use],
  ssl: settings.tls && (ca ? { ca: [ca] } : true),
  ...(settings.sasl ? { sasl: settings.sasl as SASLOptions } : {}),
  ...(socketFactory ? { socketFactory } : {}),
  logLevel: kafkajs.logLevel.WARN,
  logCreator: quietly(logger),
});

/** Brokers show it in their metrics and quotas: the app's name, as its log lines bear it. */
const clientIdOf = (logger: Logger): string => {
  const { name } = logger.bindings();
  return typeof name === 'string' && name ? `sluice-${name}` : 'sluice';
};

/**
 * kafkajs calls errors what it retries by itself; what it cannot mend reaches its caller as an error anyhow. So its lines
 * are warnings, each at most once a minute, and of what comes with them only names are taken.
 */
const quietly = (logger: Logger): logCreator => {
  const toldAt = new Map<string, number>();
  return () =>
    ({ namespace, log }) => {
      const { error } = log as { error?: unknown };
      const message = cleanReason(typeof error === 'string' ? `${log.message}: ${error}` : log.message);
      const line = `${namespace} ${message.replace(/\d+/g, '')}`;
      const now = Date.now();
      if (isHarmless(message) || now - (toldAt.get(line) ?? 0) < sameLineEveryMs) return;
      if (toldAt.size >= mostLines) toldAt.clear();
      toldAt.set(line, now);
      const { broker, groupId, topic } = log as { broker?: string; groupId?: string; topic?: string };
      const level = isToldElsewhere(message) ? 'debug' : 'warn';
      logger[level]({ kafka: namespace, broker, groupId, topic }, `kafkajs: ${message}`);
    };
};

/**
 * Our retries are bounded on purpose; a broker that refuses a request (`Response Produce(…)`) tells its caller, who goes on
 * with it; rebalances are everyday life.
 */
const isHarmless = (message: string): boolean =>
  /^Limiting retries for the idempotent producer|^Response \w+\(key: |rebalanc/i.test(message);

/** A group without a coordinator breaks a consumer, as happens once in every new cluster: its subscription says so. */
const isToldElsewhere = (message: string): boolean =>
  /GroupCoordinatorNotFound|group coordinator is not available/i.test(message);
