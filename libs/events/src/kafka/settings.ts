/** How to reach Kafka, and how topics are made. */
export interface KafkaSettings {
  /** host:port of some brokers; the others are learned from them */
  brokers: string[];
  /** in front of every topic and consumer group, so that two installations can share a cluster */
  topicPrefix: string;
  /** of the main topics; the most consumers of a group that share one */
  partitions: number;
  /** copies of every partition; 0 for the broker's default */
  replication: number;
  /** how long topics keep events, done or not */
  retentionHours: number;
  tls: false | { caFile?: string };
  sasl?: KafkaCredentials;
}

export const saslMechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

export interface KafkaCredentials {
  mechanism: (typeof saslMechanisms)[number];
  username: string;
  password: string;
}
