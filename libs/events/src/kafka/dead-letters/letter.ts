import { createHash } from 'node:crypto';
import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import { type ConsumerGroup, consumers, type Topic, topics } from '#libs/domain';
import { cleanReason } from '../../clean-reason.js';
import type { DeadLetter } from '../../dead-letter.js';
import { eventAsPublished, headerOf, ownHeaders, readMessage } from '../message.js';
import type { DeadLetters } from '../subscription/ports.js';

type Particulars = Parameters<DeadLetters['bury']>[1];

const deathHeaders = {
  topic: 'sluice-dead-topic',
  group: 'sluice-dead-group',
  reason: 'sluice-dead-reason',
  attempts: 'sluice-dead-attempts',
  /** epoch milliseconds */
  at: 'sluice-dead-at',
  /** the message's key: the letter's own key is its id */
  key: 'sluice-dead-key',
  /** bytes of the whole value, where only its first part is kept */
  cutFrom: 'sluice-dead-cut-from',
} as const;

/** On a tombstone: the redrive that laid it. */
const redrivenBy = 'sluice-redriven-by';

const longestValue = 900_000;
/** Of all headers together; a stranger may send as many as a message has room for. */
const longestHeaders = 100_000;

/** The same message under the same hands makes the same letter, so that a burial that is repeated changes nothing. */
export const letterOf = (message: KafkaMessage, particulars: Particulars, now = Date.now()): Message => {
  const { topic, group, reason, attempts } = particulars;
  const value = message.value ?? Buffer.alloc(0);
  const isCut = value.length > longestValue;
  const told = isCut
    ? `${reason}; only the first ${longestValue} of its ${value.length} bytes are kept`
    : reason;
  return {
    key: letterId(message, particulars),
    value: isCut ? value.subarray(0, longestValue) : value,
    headers: {
      ...strangersHeaders(message.headers),
      [deathHeaders.topic]: topic,
      [deathHeaders.group]: group,
      [deathHeaders.reason]: cleanReason(told),
      [deathHeaders.attempts]: String(attempts),
      [deathHeaders.at]: String(now),
      ...(message.key ? { [deathHeaders.key]: message.key } : {}),
      ...(isCut ? { [deathHeaders.cutFrom]: String(value.length) } : {}),
    },
  };
};

/**
 * An event that was published twice, or handled twice, is one letter. What no handler could read has no id to trust, so
 * the place where it lies is its name.
 */
const letterId = (message: KafkaMessage, { topic, group, source }: Particulars): string => {
  const read = readMessage(topic, message, Infinity);
  const name = read.ok
    ? [topic, group, read.value.event.source, read.value.event.id]
    : [topic, group, source.topic, source.partition, message.offset, message.timestamp];
  return asUuid(createHash('sha256').update(JSON.stringify(name)).digest());
};

/** Version 8 of RFC 9562: bits by a hash of our choice. */
const asUuid = (digest: Buffer): string => {
  const bytes = Buffer.from(digest.subarray(0, 16));
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

const mayNotStay = new Set<string>([
  ownHeaders.attempt,
  ownHeaders.notBefore,
  redrivenBy,
  ...Object.values(deathHeaders),
]);

/** As they came, as long as there is room: the first ones stay. */
const strangersHeaders = (headers: IHeaders | undefined): IHeaders => {
  const kept: IHeaders = {};
  let room = longestHeaders;
  for (const [name, header] of Object.entries(headers ?? {})) {
    if (header === undefined || mayNotStay.has(name)) continue;
    room -= name.length + (Array.isArray(header) ? header.join('').length : header.length);
    if (room < 0) break;
    kept[name] = header;
  }
  return kept;
};

/** What can be said of a letter without its event. */
export interface LetterFacts {
  id: string;
  topic: Topic;
  group: ConsumerGroup;
  /** epoch milliseconds */
  diedAt: number;
  isCut: boolean;
}

/** Undefined for what is no letter of ours. */
export const factsOf = ({ key, headers }: KafkaMessage): LetterFacts | undefined => {
  const topic = headerOf(headers, deathHeaders.topic);
  const group = headerOf(headers, deathHeaders.group);
  if (!key || !isTopic(topic) || !isGroup(group)) return undefined;
  return {
    id: key.toString(),
    topic,
    group,
    diedAt: Number(headerOf(headers, deathHeaders.at)) || 0,
    isCut: headerOf(headers, deathHeaders.cutFrom) !== undefined,
  };
};

export const toDeadLetter = (
  { id, topic, group, diedAt }: LetterFacts,
  message: KafkaMessage,
): DeadLetter => ({
  id,
  topic,
  group,
  event: eventAsPublished(strangersHeaders(message.headers), message.value),
  reason: headerOf(message.headers, deathHeaders.reason) ?? 'no reason was kept',
  attempts: Number(headerOf(message.headers, deathHeaders.attempts)) || 0,
  diedAt: new Date(diedAt),
});

/** The message as it was before its first try. */
export const revived = ({ headers, value }: KafkaMessage): Message => {
  const key = headers?.[deathHeaders.key];
  return {
    key: Array.isArray(key) ? (key[0] ?? null) : (key ?? null),
    value,
    headers: strangersHeaders(headers),
  };
};

export const tombstone = (id: string, redrive: string): Message => ({
  key: id,
  value: null,
  headers: { [redrivenBy]: redrive },
});

export const redriveOf = ({ headers }: KafkaMessage): string | undefined => headerOf(headers, redrivenBy);

const isTopic = (name: string | undefined): name is Topic =>
  name !== undefined && Object.hasOwn(topics, name);
const isGroup = (name: string | undefined): name is ConsumerGroup =>
  name !== undefined && Object.hasOwn(consumers, name);
