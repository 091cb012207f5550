import { z } from 'zod';
import { ConfigError, fields, type Logger } from '#libs/platform';
import type { BusObserver } from './bus-observer.js';
import type { EventBus } from './event-bus.js';
import { type KafkaSettings, saslMechanisms } from './kafka/settings.js';
import { PostgresBus } from './postgres/postgres-bus.js';

const brokersSchema = z
  .string()
  .regex(/^[^\s,]+:\d+(,[^\s,]+:\d+)*$/, 'must be host:port, several with commas between')
  .transform((list) => list.split(','))
  .meta({ example: '127.0.0.1:9092' });

/** Part of an app's configuration schema. Without KAFKA_BROKERS the bus is on Postgres. */
export const busFields = {
  KAFKA_BROKERS: brokersSchema
    .optional()
    .describe('Kafka brokers, host:port with commas between; the bus is on Postgres when unset'),
  KAFKA_TOPIC_PREFIX: z
    .string()
    .regex(/^[\w.-]{0,64}$/, 'letters, digits, dots, dashes, underscores')
    .default('sluice.')
    .meta({ example: 'sluice.' })
    .describe('In front of all topics and consumer groups'),
  KAFKA_PARTITIONS: fields
    .integer(12, { min: 1, max: 1000 })
    .describe('Partitions of a topic that is made: the most workers that share it'),
  KAFKA_REPLICATION: fields
    .integer(0, { max: 32 })
    .describe('Copies of a topic that is made; 0 for the broker’s default'),
  KAFKA_RETENTION_HOURS: fields
    .integer(168, { min: 1, max: 87_600 })
    .describe('How long a topic that is made keeps events'),
  KAFKA_TLS: fields.flag(false).describe('Whether brokers are reached by TLS'),
  KAFKA_CA_FILE: z.string().min(1).optional().describe('Certificate authority of the brokers, a PEM file'),
  KAFKA_SASL: z.enum(saslMechanisms).optional().meta({ example: 'scram-sha-512' }).describe('SASL mechanism'),
  KAFKA_USERNAME: z.string().min(1).optional().describe('SASL user'),
  KAFKA_PASSWORD: z.string().min(1).optional().describe('SASL password'),
};
type BusVariables = z.output<z.ZodObject<typeof busFields>>;

/** Where the events go. */
export interface BusSettings {
  /** undefined: the bus is on Postgres */
  kafka: KafkaSettings | undefined;
}

/** @throws ConfigError for variables that do not fit together */
export const busSettings = (read: BusVariables): BusSettings => {
  if (!read.KAFKA_BROKERS) return { kafka: undefined };
  const sasl = saslOf(read);
  if (read.KAFKA_CA_FILE && !read.KAFKA_TLS)
    throw new ConfigError([
      { name: 'KAFKA_CA_FILE', problem: 'is of no use without KAFKA_TLS=true', example: '' },
    ]);
  return {
    kafka: {
      brokers: read.KAFKA_BROKERS,
      topicPrefix: read.KAFKA_TOPIC_PREFIX,
      partitions: read.KAFKA_PARTITIONS,
      replication: read.KAFKA_REPLICATION,
      retentionHours: read.KAFKA_RETENTION_HOURS,
      tls: read.KAFKA_TLS && { ...(read.KAFKA_CA_FILE ? { caFile: read.KAFKA_CA_FILE } : {}) },
      ...(sasl ? { sasl } : {}),
    },
  };
};

const saslOf = (read: BusVariables): KafkaSettings['sasl'] => {
  const { KAFKA_SASL: mechanism, KAFKA_USERNAME: username, KAFKA_PASSWORD: password } = read;
  const given = { KAFKA_SASL: mechanism, KAFKA_USERNAME: username, KAFKA_PASSWORD: password };
  if (mechanism && username && password) return { mechanism, username, password };
  const missing = Object.entries(given).filter(([, value]) => value === undefined);
  if (missing.length === Object.keys(given).length) return undefined;
  throw new ConfigError(
    missing.map(([name]) => ({
      name,
      problem: 'is missing: SASL needs KAFKA_SASL, KAFKA_USERNAME and KAFKA_PASSWORD',
    })),
  );
};

export interface OpenBusOptions {
  /** of the bus on Postgres */
  databaseUrl: string;
  logger: Logger;
  observer?: BusObserver;
  /** of the bus on Postgres: most connections for publishing, and as many again for consuming */
  connections?: number;
}

/**
 * The bus that the configuration asks for.
 *
 * @throws BusUnavailable, KafkaStartError
 */
export const openBus = async (
  { kafka: settings }: BusSettings,
  { databaseUrl, logger, observer, connections }: OpenBusOptions,
): Promise<EventBus> => {
  const shared = { logger, ...(observer ? { observer } : {}) };
  if (!settings)
    return PostgresBus.open({
      connectionString: databaseUrl,
      ...shared,
      ...(connections ? { connections } : {}),
    });
  // Only where it is used: one machine has no need of it in memory.
  const { KafkaBus } = await import('./kafka/kafka-bus.js');
  return KafkaBus.open({ settings, ...shared });
};
