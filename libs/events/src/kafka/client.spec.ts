import { describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import type { Logger } from '#libs/platform';
import { clientOptions } from './client.js';
import type { KafkaSettings } from './settings.js';

const settings: KafkaSettings = {
  brokers: ['127.0.0.1:9092'],
  topicPrefix: 'test.',
  partitions: 1,
  replication: 1,
  retentionHours: 1,
  tls: false,
};

/** What kafkajs says, and how it is told. */
const aConversation = () => {
  const told: string[] = [];
  const note = (level: string) => (_facts: object, message: string) => void told.push(`${level} ${message}`);
  const logger = { bindings: () => ({}), warn: note('warn'), debug: note('debug') } as unknown as Logger;
  const log = clientOptions({ settings, ca: undefined, logger }, 'ask').logCreator!(kafkajs.logLevel.WARN);
  const say = (message: string): void =>
    log({
      namespace: 'Consumer',
      level: kafkajs.logLevel.ERROR,
      label: 'ERROR',
      log: { timestamp: '', message },
    });
  return { told, say };
};

describe('What kafkajs says', () => {
  it('is a warning, once', () => {
    const { told, say } = aConversation();
    say('Crash: KafkaJSConnectionError: no connection to broker 1');
    say('Crash: KafkaJSConnectionError: no connection to broker 2');
    expect(told).toEqual(['warn kafkajs: Crash: KafkaJSConnectionError: no connection to broker 1']);
  });

  it('is none about a group without a coordinator, which its subscription tells', () => {
    const { told, say } = aConversation();
    say('Crash: KafkaJSGroupCoordinatorNotFound: Failed to find group coordinator');
    expect(told).toEqual([
      'debug kafkajs: Crash: KafkaJSGroupCoordinatorNotFound: Failed to find group coordinator',
    ]);
  });

  it('is nothing where it is everyday life', () => {
    const { told, say } = aConversation();
    say('The group is rebalancing, re-joining');
    expect(told).toEqual([]);
  });
});
