import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type DataSource, recordAudit, sealAudit, unsealedAudit } from '#libs/database';
import {
  type Head,
  type Trouble,
  verifyChain,
  type VerifyOptions,
} from '../../../scripts/audit/verify-chain.js';
import { createTestDatabase, type TestDatabase } from '../database.js';

let database: TestDatabase;
let dataSource: DataSource;
beforeEach(async () => {
  database = await createTestDatabase();
  ({ dataSource } = database);
});
afterEach(() => database.drop());

const write = (count: number, source: DataSource = dataSource): Promise<void> =>
  source.transaction((transaction) =>
    recordAudit(
      transaction,
      { kind: 'system' },
      Array.from({ length: count }, (_, index) => ({
        act: 'case.decided',
        subject: { kind: 'case', id: randomUUID() },
        details: { index, score: 0.1 + index, name: 'Zoë', nested: { b: 1, a: [null, 'x'] } },
      })),
    ),
  );

const sealAll = async (batch = 100): Promise<number> => {
  for (let sealed = 0; ;) {
    const round = await sealAudit(dataSource, batch);
    if (round.kind === 'busy') throw new Error('nobody else should be sealing');
    sealed += round.entries;
    if (!round.more) return sealed;
  }
};

const verify = (over: Partial<VerifyOptions> = {}) =>
  verifyChain(dataSource, {
    from: 1,
    expectedHeads: [],
    unsealedLimitSeconds: 60,
    mostTroubles: 20,
    pageSize: 3,
    ...over,
  });
const troubles = async (over: Partial<VerifyOptions> = {}): Promise<Pick<Trouble, 'kind' | 'sequence'>[]> =>
  (await verify(over)).troubles.map(({ kind, sequence }) => ({ kind, sequence }));

/** As somebody who owns the server: no trigger and no foreign key stands in the way. */
const tamper = (sql: string): Promise<void> =>
  dataSource.transaction(async (transaction) => {
    await transaction.query('SET LOCAL session_replication_role = replica');
    await transaction.query(sql);
  });

const sequences = async (): Promise<number[]> => {
  const rows: { sequence: string }[] = await dataSource.query(
    'SELECT sequence FROM audit_seal ORDER BY sequence',
  );
  return rows.map(({ sequence }) => Number(sequence));
};

describe('The sealer', () => {
  it('seals every entry once, in batches, without gaps', async () => {
    await write(25);
    expect(await unsealedAudit(dataSource)).toMatchObject({ count: 25 });
    expect(await sealAll(10)).toBe(25);
    expect(await sequences()).toEqual(Array.from({ length: 25 }, (_, index) => index + 1));
    expect(await sealAll(10)).toBe(0);
    await write(1);
    expect(await sealAll(10)).toBe(1);
    expect(await verify()).toMatchObject({ checked: 26, troubles: [], unsealed: 0 });
    expect(await unsealedAudit(dataSource)).toEqual({ count: 0, oldestSeconds: 0 });
  });

  it('seals an entry whose transaction commits after later ones were sealed', async () => {
    const early = dataSource.createQueryRunner();
    await early.startTransaction();
    await recordAudit(early.manager, { kind: 'system' }, { act: 'late', subject: { kind: 'case', id: '1' } });
    await write(5);
    expect(await sealAll(2)).toBe(5);
    await write(3);
    expect(await sealAll(100)).toBe(3);
    await early.commitTransaction();
    await early.release();
    expect(await unsealedAudit(dataSource)).toMatchObject({ count: 1 });
    expect(await sealAll(100)).toBe(1);
    expect(await verify({ unsealedLimitSeconds: 0 })).toMatchObject({
      checked: 9,
      troubles: [],
      unsealed: 0,
    });
  });

  it('misses nothing while many write, some for long, some in vain, and several seal', async () => {
    let isWriting = true;
    const sealers = [1, 2, 3].map(async () => {
      while (isWriting) await sealAudit(dataSource, 7);
    });
    await Promise.all(
      Array.from({ length: 6 }, async (_, writer) => {
        for (let round = 0; round < 12; round++) {
          const work = dataSource.transaction(async (transaction) => {
            const act = { act: 'case.decided', subject: { kind: 'case', id: `${writer}.${round}` } };
            await recordAudit(transaction, { kind: 'system' }, act);
            await transaction.query('SELECT pg_sleep($1)', [((writer * 7 + round * 3) % 10) / 200]);
            if (round % 4 === 3) throw new Error('in vain');
          });
          await work.catch(() => undefined);
        }
      }),
    );
    isWriting = false;
    await Promise.all(sealers);
    await sealAll();
    expect(await sequences()).toEqual(Array.from({ length: 6 * 9 }, (_, index) => index + 1));
    expect(await verify({ unsealedLimitSeconds: 0 })).toMatchObject({
      checked: 54,
      troubles: [],
      unsealed: 0,
    });
  });

  it('looks at everything again in a cluster that the database was restored to', async () => {
    await write(4);
    await sealAll();
    // The numbers of another cluster: far above all that this one will give for long, or below.
    await tamper('UPDATE audit_entry SET written_tx = written_tx + 1000000000');
    await dataSource.query(`UPDATE audit_sealing SET cluster = 'another', upto = 1000000900`);
    await write(5);
    expect(await sealAll(2)).toBe(5);
    await write(1);
    expect(await sealAll(2)).toBe(1);
    expect(await verify()).toMatchObject({ checked: 10, troubles: [], unsealed: 0 });
  });

  it('looks only at what is new, however much is sealed', async () => {
    // One connection: each tells the server on its own what it read.
    await database.drop();
    database = await createTestDatabase({ poolSize: 1 });
    ({ dataSource } = database);
    await tamper(`
      INSERT INTO audit_entry (id, at, actor_kind, act, subject_kind, subject_id, details)
      SELECT gen_random_uuid(), now(), 'system', 'case.decided', 'case', n::text, '{}' FROM generate_series(1, 20000) AS n`);
    await sealAll(5000);
    await dataSource.query('ANALYZE audit_entry, audit_seal');
    const read = async (): Promise<number> => {
      await dataSource.query('SELECT pg_stat_force_next_flush()');
      const rows: { read: string }[] = await dataSource.query(
        `SELECT seq_tup_read + idx_tup_fetch AS read FROM pg_stat_user_tables WHERE relname = 'audit_entry'`,
      );
      return Number(rows[0]!.read);
    };
    const before = await read();
    for (let round = 0; round < 20; round++) await sealAudit(dataSource, 500);
    expect((await read()) - before).toBeLessThan(100);
  });

  it('leaves the work to whoever does it already', async () => {
    const other = dataSource.createQueryRunner();
    await other.startTransaction();
    await other.query('SELECT pg_advisory_xact_lock(28348)');
    await write(1);
    expect(await sealAudit(dataSource, 10)).toEqual({ kind: 'busy' });
    await other.rollbackTransaction();
    await other.release();
    expect(await sealAudit(dataSource, 10)).toEqual({ kind: 'sealed', entries: 1, more: false });
  });
});

describe('Sealed rows', () => {
  it.each(['audit_entry', 'audit_seal'])('of %s are neither changed nor deleted', async (table) => {
    await write(1);
    await sealAll();
    for (const statement of [
      `UPDATE ${table} SET ${table === 'audit_entry' ? `act = 'case.undone'` : 'sequence = 9'}`,
      `DELETE FROM ${table}`,
      `TRUNCATE ${table} CASCADE`,
    ])
      await expect(dataSource.query(statement)).rejects.toThrow('append-only');
  });
});

describe('The verification', () => {
  let head: Head;
  beforeEach(async () => {
    await write(10);
    await sealAll(4);
    head = (await verify()).head!;
  });

  it('finds nothing where nothing was done, from any place, and says where the chain ends', async () => {
    expect(head).toEqual({ sequence: 10, hash: expect.stringMatching(/^[0-9a-f]{64}$/) });
    expect(await verify({ from: 7, expectedHeads: [head] })).toEqual({
      checked: 4,
      head,
      troubles: [],
      unsealed: 0,
    });
    await write(1);
    await sealAll();
    expect(await troubles({ expectedHeads: [head] })).toEqual([]);
  });

  it.each([
    `act = 'case.undone'`,
    `at = at + interval '1 millisecond'`,
    `actor_kind = 'service'`,
    `actor_id = '${randomUUID()}'`,
    `subject_kind = 'content'`,
    `subject_id = subject_id || '0'`,
    `details = jsonb_set(details, '{index}', '99')`,
    `details = details - 'name'`,
  ])('finds an entry changed by %s', async (change) => {
    await tamper(
      `UPDATE audit_entry SET ${change} WHERE id = (SELECT entry_id FROM audit_seal WHERE sequence = 6)`,
    );
    expect(await troubles()).toEqual([{ kind: 'changed', sequence: 6 }]);
  });

  it('finds a seal whose time was changed', async () => {
    await tamper(`UPDATE audit_seal SET sealed_at = sealed_at - interval '1 hour' WHERE sequence = 3`);
    expect(await troubles()).toEqual([{ kind: 'changed', sequence: 3 }]);
  });

  it('finds an entry that was removed, and one that was removed with its seal', async () => {
    await tamper('DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM audit_seal WHERE sequence = 5)');
    expect(await troubles()).toEqual([{ kind: 'entry_missing', sequence: 5 }]);
    await tamper('DELETE FROM audit_seal WHERE sequence IN (5, 6)');
    expect(await troubles({ unsealedLimitSeconds: 3600 })).toEqual([{ kind: 'seal_missing', sequence: 5 }]);
  });

  it('finds a removal that was hidden by closing the gap', async () => {
    await tamper('DELETE FROM audit_entry WHERE id = (SELECT entry_id FROM audit_seal WHERE sequence = 5)');
    await tamper('DELETE FROM audit_seal WHERE sequence = 5');
    for (let sequence = 6; sequence <= 10; sequence++)
      await tamper(`UPDATE audit_seal SET sequence = ${sequence - 1} WHERE sequence = ${sequence}`);
    expect((await troubles())[0]).toEqual({ kind: 'not_linked', sequence: 5 });
  });

  it('finds entries whose places were exchanged', async () => {
    const [four, eight] = [4, 8].map(
      (sequence) => `(SELECT entry_id FROM audit_seal WHERE sequence = ${sequence})`,
    );
    await tamper('ALTER TABLE audit_seal DROP CONSTRAINT audit_seal_entry_id_key');
    await tamper(
      `UPDATE audit_seal SET entry_id = CASE sequence WHEN 4 THEN ${eight} ELSE ${four} END WHERE sequence IN (4, 8)`,
    );
    expect(await troubles()).toEqual([
      { kind: 'changed', sequence: 4 },
      { kind: 'changed', sequence: 8 },
    ]);
  });

  it('finds seals whose places were exchanged', async () => {
    for (const [from, to] of [
      [4, 99],
      [5, 4],
      [99, 5],
    ])
      await tamper(`UPDATE audit_seal SET sequence = ${to} WHERE sequence = ${from}`);
    expect((await troubles())[0]).toEqual({ kind: 'not_linked', sequence: 4 });
  });

  it('finds an entry that lost its seal, once it should have had it for long', async () => {
    await tamper('DELETE FROM audit_seal WHERE sequence = 10');
    await tamper(`INSERT INTO audit_entry (id, at, actor_kind, act, subject_kind, subject_id, details, written_tx)
      VALUES ('${randomUUID()}', now() - interval '2 minutes', 'system', 'case.decided', 'case', '1', '{}', 1)`);
    expect(await sealAll()).toBe(0);
    expect(await troubles()).toEqual([{ kind: 'unsealed', sequence: null }]);
    expect(await verify({ unsealedLimitSeconds: 3600 })).toMatchObject({ troubles: [], unsealed: 2 });
  });

  it('finds a chain whose end was cut off, and one that was written anew, by a place that was remembered', async () => {
    await tamper('DELETE FROM audit_seal WHERE sequence > 8');
    await tamper(
      'DELETE FROM audit_entry AS e WHERE NOT EXISTS (SELECT FROM audit_seal WHERE entry_id = e.id)',
    );
    expect(await troubles()).toEqual([]);
    expect(await troubles({ expectedHeads: [head] })).toEqual([{ kind: 'unexpected_head', sequence: 10 }]);
    await tamper('DELETE FROM audit_seal');
    await tamper(`UPDATE audit_sealing SET upto = 0, pending = '{}'`);
    await tamper(`UPDATE audit_entry SET act = 'case.undone'`);
    await write(2);
    expect(await sealAll()).toBe(10);
    expect(await troubles()).toEqual([]);
    expect(await troubles({ expectedHeads: [head] })).toEqual([{ kind: 'unexpected_head', sequence: 10 }]);
    expect(await troubles({ from: 11, expectedHeads: [head] })).toEqual([
      { kind: 'unexpected_head', sequence: 10 },
    ]);
  });

  it('stops after as many faults as are asked for', async () => {
    await tamper(`UPDATE audit_entry SET act = 'other'`);
    expect(await troubles({ mostTroubles: 3 })).toHaveLength(3);
    expect((await verify()).troubles).toHaveLength(10);
  });

  it('cannot begin behind a place that is not there', async () => {
    expect(await troubles({ from: 50 })).toEqual([{ kind: 'seal_missing', sequence: 49 }]);
  });
});
