import type { KafkaSettings } from '#libs/events';

/** A broker of the benchmark's own, with the defaults that the apps have. */
export const kafkaSettings = (brokers: string, topicPrefix: string): KafkaSettings => ({
  brokers: brokers.split(','),
  topicPrefix,
  partitions: 12,
  replication: 0,
  retentionHours: 168,
  tls: false,
});
