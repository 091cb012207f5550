/** TCP ports of a broker, all on this machine. */
export interface BrokerPorts {
  /** for clients */
  client: number;
  /** for the broker itself, without encryption and passwords whatever clients have to bring */
  internal: number;
  controller: number;
}

export type BrokerProperties = Record<string, string | number | boolean>;

const host = '127.0.0.1';

/**
 * The configuration of a broker that is its own controller (KRaft). Listener CLIENT is for those outside.
 * @param advertised host:port where clients are told to connect, e.g. that of a proxy
 */
export const serverProperties = (
  ports: BrokerPorts,
  dataFolder: string,
  advertised = `${host}:${ports.client}`,
): BrokerProperties => ({
  'process.roles': 'broker,controller',
  'node.id': 1,
  listeners: `CLIENT://${host}:${ports.client},INTERNAL://${host}:${ports.internal},CONTROLLER://${host}:${ports.controller}`,
  'advertised.listeners': `CLIENT://${advertised},INTERNAL://${host}:${ports.internal}`,
  'listener.security.protocol.map': 'CLIENT:PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'inter.broker.listener.name': 'INTERNAL',
  'controller.listener.names': 'CONTROLLER',
  'controller.quorum.voters': `1@${host}:${ports.controller}`,
  'log.dirs': dataFolder,
  // There is one broker.
  'default.replication.factor': 1,
  'offsets.topic.replication.factor': 1,
  'transaction.state.log.replication.factor': 1,
  'transaction.state.log.min.isr': 1,
  'share.coordinator.state.topic.replication.factor': 1,
  'share.coordinator.state.topic.min.isr': 1,
  // 50 partitions each, the default, only make the first group and the first transaction wait.
  'offsets.topic.num.partitions': 1,
  'transaction.state.log.num.partitions': 1,
  'auto.create.topics.enable': false,
  'group.initial.rebalance.delay.ms': 0,
  'group.min.session.timeout.ms': 1000,
  // After a kill, the broker waits until its own earlier life has timed out (9 s by default).
  'broker.session.timeout.ms': 3000,
  'broker.heartbeat.interval.ms': 500,
  'log.retention.hours': 24,
  'log.segment.bytes': 64 * 1024 * 1024,
  // The default, 128 MB, would be a third of its memory.
  'log.cleaner.dedupe.buffer.size': 8 * 1024 * 1024,
});

/** In the format of java.util.Properties: a backslash and a line's end, as in a PEM certificate, need a backslash. */
export const writeProperties = (properties: BrokerProperties): string =>
  Object.entries(properties)
    .map(
      ([name, value]) =>
        `${name}=${String(value).replaceAll('\\', '\\\\').replaceAll('\r', '').replaceAll('\n', '\\n')}\n`,
    )
    .join('');
