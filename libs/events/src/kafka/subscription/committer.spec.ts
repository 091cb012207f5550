import { describe, expect, it } from '@jest/globals';
import { setImmediate as turnOfTheEventLoop } from 'node:timers/promises';
import { Committer } from './committer.js';
import type { Commit } from './membership.js';
import { Partitions } from './partitions.js';

/** A committer for one partition of ten fetched messages; its writes end when they are let. */
const aPlace = () => {
  const partitions = new Partitions('us');
  partitions.assign({ main: [0] });
  partitions.learn({ topic: 'main', partition: 0, offset: 0, note: undefined });
  const partition = partitions.find('main', 0)!;
  for (let offset = 0; offset < 10; offset++) partition.admit(offset);
  const writes: { metadata: string; end: (error?: Error) => void }[] = [];
  const committer = new Committer(
    partitions,
    'us',
    ([commit]: Commit[]) =>
      new Promise((resolve, reject) => {
        const { metadata } = commit!.partitions[0]!;
        writes.push({ metadata, end: (error) => (error ? reject(error) : resolve()) });
      }),
  );
  return { committer, partition, writes };
};

describe('A committer', () => {
  it('writes at once when nothing is on its way, and not at all when nothing changed', async () => {
    const { committer, partition, writes } = aPlace();
    await committer.commit();
    expect(writes).toHaveLength(0);
    partition.begin(0);
    const committed = committer.commit();
    expect(writes).toHaveLength(1);
    writes[0]!.end();
    await committed;
    expect(committer.isBehind).toBe(false);
  });

  it('writes once for those who ask meanwhile and for who asks as soon as his commit is done', async () => {
    const { committer, partition, writes } = aPlace();
    partition.begin(0);
    const again = committer.commit().then(() => {
      partition.begin(2);
      return committer.commit();
    });
    partition.begin(1);
    const other = committer.commit();
    writes[0]!.end();
    await turnOfTheEventLoop();
    await turnOfTheEventLoop();
    expect(writes).toHaveLength(2);
    expect(writes[1]!.metadata).toBe('m1 us W0+2*1');
    writes[1]!.end();
    await Promise.all([again, other]);
    expect(writes).toHaveLength(2);
  });

  it('writes what a failed commit did not, when it is asked the next time', async () => {
    const { committer, partition, writes } = aPlace();
    partition.begin(0);
    const failed = committer.commit();
    writes[0]!.end(new Error('away'));
    await expect(failed).rejects.toThrow('away');
    expect(committer.isBehind).toBe(true);
    const committed = committer.commit();
    writes[1]!.end();
    await committed;
    expect(writes[1]!.metadata).toBe(writes[0]!.metadata);
  });
});
