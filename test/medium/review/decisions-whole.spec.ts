import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { defaultPolicyDocument, type Policy } from '#libs/domain';
import { DecisionsRepository } from '../../../apps/review/src/cases/decisions.repository.js';
import { LeasesRepository } from '../../../apps/review/src/cases/leases.repository.js';
import { aCase, type StoredCase } from '../../builders/case.builder.js';
import { aContent } from '../../builders/content.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { rowsOfCase } from './rows-of-case.js';

const policy: Policy = { name: 'default', version: 1, document: defaultPolicyDocument };
const conclusion = { verdict: 'block', reason: 'looked', note: null } as const;

/** Written by a decision with all that follows from it, each by some statement. */
const written = [
  ['INSERT', 'decision'],
  ['INSERT', 'verdict'],
  ['INSERT', 'case_exclusion'],
  ['INSERT', 'known_content'],
  ['INSERT', 'audit_entry'],
  ['INSERT', 'statement_of_reasons'],
  ['INSERT', 'webhook_delivery'],
  ['UPDATE', 'moderation_case'],
  ['UPDATE', 'content'],
  ['DELETE', 'undecided_picture'],
] as const;

describe('a decision', () => {
  let database: TestDatabase;
  let decisions: DecisionsRepository;
  let kim: { id: string };

  beforeAll(async () => {
    database = await createTestDatabase({ poolSize: 10 });
    const { dataSource } = database;
    decisions = new DecisionsRepository(dataSource);
    kim = await aModerator(dataSource);
    await dataSource.query(
      `CREATE FUNCTION break_down() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'broken'; END $$`,
    );
    await aSubscriber();
  });
  afterAll(() => database.drop());

  /** An endpoint that is told of verdicts. */
  const aSubscriber = () =>
    database.dataSource.query(
      `INSERT INTO webhook_endpoint (id, url, event_types, secret)
       VALUES ($1, 'https://example.org/', '{content.verdict}', '\\x00')`,
      [randomUUID()],
    );

  const heldByKim = (): Promise<StoredCase> =>
    aCase().about({ pdq: aContent().sha256, pdqQuality: 80 }).leasedBy(kim).store(database.dataSource);
  const decide = ({ id, leaseToken }: StoredCase) =>
    decisions.decide(id, { token: leaseToken, holderId: kim.id }, conclusion, policy);
  const deliveriesOf = ({ content }: StoredCase): Promise<unknown[]> =>
    database.dataSource.query('SELECT * FROM webhook_delivery WHERE content_id = $1', [content.id]);
  const everythingOf = async (stored: StoredCase) => ({
    ...(await rowsOfCase(database.dataSource, stored)),
    deliveries: await deliveriesOf(stored),
  });

  /** What the statement that writes to a table does, and what the commit does, while `act` runs: it fails. */
  const whileBroken = async (act: () => Promise<unknown>, ...triggers: string[]): Promise<void> => {
    for (const trigger of triggers) await database.dataSource.query(trigger);
    try {
      await act();
    } finally {
      for (const trigger of triggers) {
        const [, table] = /ON (\w+)/.exec(trigger)!;
        await database.dataSource.query(`DROP TRIGGER broken ON ${table}`);
      }
    }
  };

  it.each(written)(
    'is not stored at all where %s %s fails, and whole when it is tried again',
    async (event, table) => {
      const held = await heldByKim();
      const before = await everythingOf(held);
      await whileBroken(
        () => expect(decide(held)).rejects.toThrow('broken'),
        `CREATE TRIGGER broken AFTER ${event} ON ${table} FOR EACH ROW EXECUTE FUNCTION break_down()`,
      );
      expect(await everythingOf(held)).toEqual(before);
      expect(await decide(held)).toMatchObject({ ok: true });
      const after = await everythingOf(held);
      expect(after).toMatchObject({
        case: { state: 'decided' },
        content: { verdict: 'block', tier: 'human' },
        decisions: [{ verdict: 'block' }],
        exclusions: [{ moderatorId: kim.id, reason: 'decided' }],
        known: [{ verdict: 'block', revokedAt: null }],
        audit: [{ act: 'case.decided', actorKind: 'moderator', actorId: kim.id }],
        deliveries: [{ type: 'content.verdict' }],
        undecidedPictures: 0,
      });
    },
  );

  it('is not stored at all where the commit fails, after its last statement', async () => {
    const held = await heldByKim();
    const before = await everythingOf(held);
    await whileBroken(
      () => expect(decide(held)).rejects.toThrow('broken'),
      `CREATE CONSTRAINT TRIGGER broken AFTER INSERT ON decision DEFERRABLE INITIALLY DEFERRED
       FOR EACH ROW EXECUTE FUNCTION break_down()`,
    );
    expect(await everythingOf(held)).toEqual(before);
  });

  it.each(['second', 'golden'] as const)('on a %s case says nothing about its content', async (kind) => {
    const held = await aCase().ofKind(kind).leasedBy(kim).store(database.dataSource);
    const before = await everythingOf(held);
    expect(await decide(held)).toMatchObject({ ok: true });
    const after = await everythingOf(held);
    expect(after).toMatchObject({
      case: { state: 'decided' },
      decisions: [{ verdict: 'block', machineVerdict: 'review' }],
      exclusions: [{ moderatorId: kim.id }],
      audit: [{ act: 'case.decided' }],
      known: [],
      deliveries: [],
    });
    expect(after.content).toEqual(before.content);
    expect(after.verdicts).toEqual(before.verdicts);
  });

  it('on an appeal closes the case', async () => {
    const stored = await aCase().waitingAs('appealed').store(database.dataSource);
    const leases = new LeasesRepository(database.dataSource);
    const [claimed] = await leases.claim({
      holderId: kim.id,
      stages: ['appealed'],
      queues: ['sexual'],
      count: 1,
      seconds: 60,
    });
    expect(claimed).toMatchObject({ id: stored.id });
    expect(await decide({ ...stored, leaseToken: claimed!.leaseToken! })).toMatchObject({ ok: true });
    expect((await everythingOf(stored)).case.state).toBe('closed');
  });

  it('keeps the time that was spent on it', async () => {
    const { id, leaseToken, ...rest } = await heldByKim();
    const bearer = { token: leaseToken, holderId: kim.id };
    await decisions.decide(id, bearer, { ...conclusion, timeSpentMs: 4200 }, policy);
    const { decisions: stored } = await everythingOf({ id, leaseToken, ...rest });
    expect(stored).toMatchObject([{ timeSpentMs: 4200 }]);
  });
});
