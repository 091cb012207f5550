import { describe, expect, it } from '@jest/globals';
import { pino } from 'pino';
import type { IdempotencyId, IdempotencyRepository, Reservation } from './idempotency.repository.js';
import { IdempotencyService } from './idempotency.service.js';

/** The table, in memory. The medium tests run the same service on Postgres. */
class Table implements Pick<IdempotencyRepository, 'reserve' | 'settle'> {
  readonly rows = new Map<string, Reservation>();
  isAway = false;

  reserve({ key }: IdempotencyId, fingerprint: string, contentId: string): Promise<Reservation> {
    if (this.isAway) return Promise.reject(new Error('connection refused'));
    const row = this.rows.get(key) ?? { fingerprint, contentId, response: null };
    this.rows.set(key, row);
    return Promise.resolve({ ...row });
  }

  settle<Answer extends object>({ key }: IdempotencyId, answer: Answer): Promise<Answer> {
    if (this.isAway) return Promise.reject(new Error('connection refused'));
    const row = this.rows.get(key)!;
    row.response ??= answer;
    return Promise.resolve(row.response as Answer);
  }
}

const aService = (table = new Table()) => ({
  table,
  service: new IdempotencyService(table as unknown as IdempotencyRepository, pino({ level: 'silent' })),
});
const request = (header: string | undefined, ...parts: string[]) => ({
  apiKeyId: 'k',
  header,
  request: parts,
});
const answerWithId = (id: string): Promise<{ id: string; at: number }> =>
  Promise.resolve({ id, at: performance.now() });

describe('A request with an Idempotency-Key', () => {
  it('has the same id and answer when it is repeated', async () => {
    const { service } = aService();
    const first = await service.once(request('a', 'x'), answerWithId);
    expect(await service.once(request('a', 'x'), answerWithId)).toEqual(first);
  });

  it('has the same answer after a restart', async () => {
    const { service, table } = aService();
    const first = await service.once(request('a', 'x'), answerWithId);
    expect(await aService(table).service.once(request('a', 'x'), answerWithId)).toEqual(first);
  });

  it('is done once when it is sent many times at once', async () => {
    const { service } = aService();
    let works = 0;
    const work = async (id: string) => {
      works++;
      await new Promise(setImmediate);
      return { id };
    };
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => service.once(request('a', 'x'), work)),
    );
    expect(works).toBe(1);
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
  });

  it('goes on under the same id after an error', async () => {
    const { service } = aService();
    const ids: string[] = [];
    const fail = (id: string): Promise<{ id: string }> => {
      ids.push(id);
      return Promise.reject(new Error('the bus is away'));
    };
    await expect(service.once(request('a', 'x'), fail)).rejects.toThrow('the bus is away');
    const { id } = await service.once(request('a', 'x'), answerWithId);
    expect([id]).toEqual(ids);
  });

  it('conflicts when the key is used for something else, done or under way', async () => {
    const { service } = aService();
    const underWay = service.once(request('a', 'x'), answerWithId);
    await expect(service.once(request('a', 'y'), answerWithId)).rejects.toMatchObject({ code: 'conflict' });
    await underWay;
    await expect(service.once(request('a', 'y'), answerWithId)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('gives the answer that another gateway stored first', async () => {
    const { service, table } = aService();
    const answer = await service.once(request('a', 'x'), async (id) => {
      table.rows.get('a')!.response = { id, by: 'the other' };
      return Promise.resolve({ id, by: 'this one' });
    });
    expect(answer).toMatchObject({ by: 'the other' });
  });

  it('is not promised anything while the database is away', async () => {
    const { service, table } = aService();
    table.isAway = true;
    await expect(service.once(request('a', 'x'), answerWithId)).rejects.toMatchObject({
      code: 'unavailable',
    });
  });

  it.each(['', 'with space', 'ä', 'x'.repeat(256)])(
    'is refused with the malformed key %j',
    async (header) => {
      await expect(aService().service.once(request(header, 'x'), answerWithId)).rejects.toMatchObject({
        code: 'invalid_request',
      });
    },
  );
});

describe('A request without an Idempotency-Key', () => {
  it('has an id of its own each time, and needs no database', async () => {
    const { service, table } = aService();
    table.isAway = true;
    const first = await service.once(request(undefined, 'x'), answerWithId);
    expect((await service.once(request(undefined, 'x'), answerWithId)).id).not.toBe(first.id);
  });
});
