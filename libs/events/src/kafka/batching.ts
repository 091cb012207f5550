import type { Message } from 'kafkajs';

export interface TopicRecords {
  topic: string;
  messages: Message[];
}

/** Of one request: well below what a broker takes in one (max.message.bytes), also if all go to one partition. */
export const mostBytes = 900_000;
/** Enough to share a request, few enough that nobody waits long for others' messages. */
export const mostMessages = 1_000;

/** What a message costs beside its value and headers: its key and its framing; a guess on the safe side. */
const overheadBytes = 200;

/** Parts that fit into a request each, unless a single message does not. */
export const inParts = (records: TopicRecords[]): TopicRecords[][] => {
  if (bytesOf(records) <= mostBytes && countOf(records) <= mostMessages) return [records];
  const parts: TopicRecords[][] = [];
  let room = 0;
  let left = 0;
  for (const { topic, messages } of records)
    for (const message of messages) {
      const bytes = bytesOfMessage(message);
      if (bytes > room || left === 0) {
        parts.push([]);
        room = mostBytes;
        left = mostMessages;
      }
      room -= bytes;
      left -= 1;
      const part = parts.at(-1)!;
      const last = part.at(-1);
      if (last?.topic === topic) last.messages.push(message);
      else part.push({ topic, messages: [message] });
    }
  return parts;
};

/** Each topic once. */
export const byTopic = (all: TopicRecords[]): TopicRecords[] => {
  const merged = new Map<string, Message[]>();
  for (const { topic, messages } of all) {
    const before = merged.get(topic);
    if (before) before.push(...messages);
    else merged.set(topic, [...messages]);
  }
  return [...merged].map(([topic, messages]) => ({ topic, messages }));
};

export const countOf = (records: TopicRecords[]): number =>
  records.reduce((sum, { messages }) => sum + messages.length, 0);

export const bytesOf = (records: TopicRecords[]): number =>
  records.reduce(
    (sum, { messages }) => sum + messages.reduce((all, each) => all + bytesOfMessage(each), 0),
    0,
  );

const bytesOfMessage = ({ value, headers }: Message): number => {
  let bytes = overheadBytes + (value?.length ?? 0);
  for (const header of Object.values(headers ?? {})) bytes += header?.length ?? 0;
  return bytes;
};
