import type { IHeaders, KafkaMessage, Message } from 'kafkajs';
import { type EventOn, type Result, type Topic, topics } from '#libs/domain';
import { readEvent } from '../event-schema.js';
import { defaultKafkaDelivery } from './delivery-options.js';
import type { ReceivedEvent } from './subscription/ports.js';

/** Our own headers, beside those of CloudEvents. */
export const ownHeaders = {
  /** which try the next one is */
  attempt: 'sluice-attempt',
  /** due time, epoch milliseconds */
  notBefore: 'sluice-not-before',
  /** epoch milliseconds */
  acceptedAt: 'sluice-accepted-at',
} as const;

const attributePrefix = 'ce_';

/**
 * Attributes that our events have, and the header of each. Names that are made anew for every event would cost more
 * than all else that is done to its headers.
 */
const headerNames: ReadonlyMap<string, string> = new Map(
  Object.values(topics)
    .flatMap(({ shape }) => Object.keys(shape))
    .filter((name) => name !== 'data')
    .map((name) => [name, `${attributePrefix}${name}`]),
);

/**
 * CloudEvents 1.0 in Kafka's binary mode: attributes as headers, `data` as the value, the subject as the key.
 * https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/kafka-protocol-binding.md
 */
export const toMessage = (event: EventOn<Topic>): Message & { key: string; value: Buffer } => {
  const headers: IHeaders = { 'content-type': event.datacontenttype };
  for (const [name, value] of Object.entries(event) as [string, string | undefined][])
    if (name !== 'data' && name !== 'datacontenttype' && value !== undefined)
      headers[headerNames.get(name) ?? `${attributePrefix}${name}`] = value;
  return { key: event.subject, value: Buffer.from(JSON.stringify(event.data)), headers };
};

const structuredType = /^application\/cloudevents\+json\s*(;|$)/i;

/** Reads whatever stood on a topic, in binary or in structured mode. Never throws. */
export const readMessage = <T extends Topic>(
  topic: T,
  message: KafkaMessage,
  maxEventBytes = defaultKafkaDelivery.maxEventBytes,
): Result<ReceivedEvent<T>, { code: 'unreadable'; detail: string }> => {
  const { value } = message;
  if (value === null) return unreadable('it has no value');
  if (value.length > maxEventBytes)
    return unreadable(`it is ${value.length} bytes long; ${maxEventBytes} are allowed`);
  const payload = payloadOf(message.headers, value, knownAttributesOf);
  if (!payload) return unreadable('its value is no JSON');
  const misfit = misfitOf(topic, payload);
  if (misfit) return unreadable(misfit);
  const event = readEvent(topic, payload);
  if (!event.ok) return unreadable(`breaks its schema: ${event.detail}`);
  const { headers } = message;
  return {
    ok: true,
    value: {
      event: event.value,
      attempt: wholeNumber(headers, ownHeaders.attempt, 1) || 1,
      notBefore: wholeNumber(headers, ownHeaders.notBefore, 0),
      acceptedAt: acceptedAtOf(message),
    },
  };
};

/** The same message for a delay topic: value, key and headers as they came, and when its next try is due. */
export const retryMessage = (
  original: KafkaMessage,
  { attempt, notBefore }: { attempt: number; notBefore: number },
): Message => ({
  key: original.key,
  value: original.value,
  headers: {
    ...original.headers,
    [ownHeaders.attempt]: String(attempt),
    [ownHeaders.notBefore]: String(Math.ceil(notBefore)),
    [ownHeaders.acceptedAt]: String(acceptedAtOf(original).getTime()),
  },
});

/** The event as it was published, as far as it can be read: for a person, not for a handler. */
export const eventAsPublished = (headers: IHeaders | undefined, value: Buffer | null): unknown => {
  if (value === null) return null;
  const payload = payloadOf(headers, value, attributesOf);
  if (payload) return payload;
  return { ...attributesOf(headers, headerOf(headers, 'content-type')), data: value.toString() };
};

type Attributes = Record<string, unknown>;

/** Undefined when the value is no JSON. */
const payloadOf = (
  headers: IHeaders | undefined,
  value: Buffer,
  attributesIn: (headers: IHeaders | undefined, contentType: string | undefined) => Attributes,
): Record<string, unknown> | undefined => {
  const data = parsed(value);
  if (!data.ok) return undefined;
  const contentType = headerOf(headers, 'content-type');
  if (contentType === undefined || !structuredType.test(contentType)) {
    const payload = attributesIn(headers, contentType);
    payload.data = data.value;
    return payload;
  }
  return typeof data.value === 'object' && data.value !== null && !Array.isArray(data.value)
    ? (data.value as Record<string, unknown>)
    : { data: data.value };
};

const attributesOf = (headers: IHeaders | undefined, contentType: string | undefined): Attributes => {
  const attributes = typeAttribute(contentType);
  for (const name of Object.keys(headers ?? {}))
    if (name.startsWith(attributePrefix))
      attributes[name.slice(attributePrefix.length)] = headerOf(headers, name)!;
  return attributes;
};

/** The others are dropped by every schema. */
const knownAttributesOf = (headers: IHeaders | undefined, contentType: string | undefined): Attributes => {
  const attributes = typeAttribute(contentType);
  for (const [name, headerName] of headerNames) {
    const value = headerOf(headers, headerName);
    if (value !== undefined) attributes[name] = value;
  }
  return attributes;
};

const typeAttribute = (contentType: string | undefined): Attributes =>
  contentType === undefined ? {} : { datacontenttype: withoutParameters(contentType) };

/** `application/json; charset=utf-8` is JSON like any other. */
const withoutParameters = (contentType: string): string => contentType.split(';', 1)[0]!.trim();

/** An event of another type or version is told as such: its data would break the schema in a hundred places. */
const misfitOf = (topic: Topic, { specversion, type }: Record<string, unknown>): string | undefined => {
  const expected = topics[topic].shape.type.value;
  if (specversion === undefined && type === undefined)
    return 'it is no CloudEvent: it has neither specversion nor type';
  if (specversion !== '1.0') return `specversion: ${shown(specversion)} is not 1.0`;
  if (type !== expected) return `type: ${shown(type)} is not ${expected}`;
  return undefined;
};

/** Characters of a stranger's attribute that are quoted. */
const longestQuote = 100;
const shown = (value: unknown): string => JSON.stringify(value)?.slice(0, longestQuote) ?? 'nothing';

const unreadable = (detail: string): { ok: false; code: 'unreadable'; detail: string } => ({
  ok: false,
  code: 'unreadable',
  detail,
});

const parsed = (value: Buffer): { ok: true; value: unknown } | { ok: false } => {
  try {
    return { ok: true, value: JSON.parse(value.toString()) as unknown };
  } catch {
    return { ok: false };
  }
};

/** The last one, of a header that came several times. */
export const headerOf = (headers: IHeaders | undefined, name: string): string | undefined => {
  const header = headers?.[name];
  const value = Array.isArray(header) ? header.at(-1) : header;
  return value?.toString();
};

const wholeNumber = (headers: IHeaders | undefined, name: string, otherwise: number): number => {
  const text = headerOf(headers, name);
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : otherwise;
};

const acceptedAtOf = ({ headers, timestamp }: KafkaMessage): Date =>
  new Date(wholeNumber(headers, ownHeaders.acceptedAt, Number(timestamp)));
