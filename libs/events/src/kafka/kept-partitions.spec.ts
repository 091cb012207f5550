import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import kafkajs, { type Message, type PartitionMetadata } from 'kafkajs';
import { keptPartitions } from './kept-partitions.js';

const topic = 'content.flagged';
const partitions = (count: number): PartitionMetadata[] =>
  Array.from({ length: count }, (_, partitionId) => ({
    partitionErrorCode: 0,
    partitionId,
    leader: 1,
    replicas: [1],
    isr: [1],
  }));

describe('A kept partition', () => {
  it('is the one that every other client chooses for the key', () => {
    const theirs = kafkajs.Partitioners.DefaultPartitioner();
    const ours = keptPartitions();
    const key = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 50 }),
      fc.uint8Array({ maxLength: 50 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(key, fc.integer({ min: 1, max: 1_000 }), (key, count) => {
        const choice = { topic, partitionMetadata: partitions(count) };
        const expected = theirs({ ...choice, message: { key, value: null } });
        expect(ours({ ...choice, message: { key, value: null } })).toBe(expected);
      }),
    );
  });

  it('stays at a further try, without a key and when partitions were added', () => {
    const choose = keptPartitions();
    const messages: Message[] = Array.from({ length: 50 }, (_, at) => ({
      key: at % 2 === 0 ? null : `key ${at}`,
      value: null,
    }));
    const chosenOf = (count: number): number[] =>
      messages.map((message) => choose({ topic, partitionMetadata: partitions(count), message }));
    const first = chosenOf(12);
    expect(new Set(first).size).toBeGreaterThan(1);
    expect(chosenOf(24)).toEqual(first);
  });
});
