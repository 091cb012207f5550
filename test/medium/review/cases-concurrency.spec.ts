import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectDatabase, type DataSource } from '#libs/database';
import { defaultPolicyDocument, type Policy } from '#libs/domain';
import { DecisionsRepository } from '../../../apps/review/src/cases/decisions.repository.js';
import { LeasesRepository } from '../../../apps/review/src/cases/leases.repository.js';
import { aCase } from '../../builders/case.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';

const policy: Policy = { name: 'default', version: 1, document: defaultPolicyDocument };
const applicationName = 'sluice-claimants';
const people = 6;
const claimantsEach = 4;
const cases = 150;
/** so many people decide each case, one after the other, as if each decision were appealed */
const roundsPerCase = 3;

/** What the claimants know of each other, as the database should keep it. */
class Ledger {
  private readonly held = new Map<string, string>();
  private readonly tookPart = new Map<string, Set<string>>();
  readonly faults: string[] = [];
  readonly tokens: string[] = [];

  claimed(caseId: string, person: string): void {
    const holder = this.held.get(caseId);
    if (holder) this.faults.push(`${caseId} is held by ${holder} and was given to ${person}`);
    if (this.tookPart.get(caseId)?.has(person)) this.faults.push(`${caseId} came back to ${person}`);
    this.held.set(caseId, person);
  }

  /** before it is given back: after that somebody else may have it at once */
  givingBack(caseId: string): void {
    this.held.delete(caseId);
  }

  exclude(caseId: string, person: string): void {
    this.tookPart.set(caseId, (this.tookPart.get(caseId) ?? new Set()).add(person));
  }
}

describe('many people at once', () => {
  let database: TestDatabase;
  let claimants: DataSource;
  let moderators: { id: string }[];

  beforeAll(async () => {
    database = await createTestDatabase({ poolSize: 8 });
    claimants = await connectDatabase({
      url: database.url,
      poolSize: people * claimantsEach,
      applicationName,
    });
    moderators = await Promise.all(Array.from({ length: people }, () => aModerator(database.dataSource)));
  });
  afterAll(async () => {
    await claimants.destroy();
    await database.drop();
  });

  /** Until it is answered: what was cut off may or may not have been done. */
  const untilAnswered = async <Value>(ask: () => Promise<Value>): Promise<Value> => {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (!isCutOff(error)) throw error;
      }
    }
  };

  /** Leases of claims whose answer never came, which is certain after some seconds. */
  const expireOrphans = (ledger: Ledger) =>
    database.dataSource.query(
      `UPDATE moderation_case SET lease_expires_at = now() 
       WHERE state = 'leased' AND lease_token <> ALL ($1) AND leased_at < now() - interval '3 seconds'`,
      [ledger.tokens],
    );

  const workAs = async (person: string, ledger: Ledger, isDone: () => boolean): Promise<void> => {
    const leases = new LeasesRepository(claimants);
    const decisions = new DecisionsRepository(claimants);
    const claim = async (count: number) => {
      const claimed = await leases.claim({
        holderId: person,
        stages: ['open', 'appealed'],
        queues: ['sexual', 'goods'],
        count,
        seconds: 3600,
      });
      for (const { id, leaseToken } of claimed) {
        ledger.claimed(id, person);
        ledger.tokens.push(leaseToken!);
      }
      return claimed;
    };
    for (let round = 0; !isDone(); round += 1) {
      // A claim that was cut off is not repeated: it may have been granted, and is an orphan then.
      const claimed = await claim(round % 3 === 0 ? 3 : 1).catch((error: unknown) => {
        if (isCutOff(error)) return [];
        throw error;
      });
      for (const { id, leaseToken } of claimed) {
        const bearer = { token: leaseToken!, holderId: person };
        ledger.givingBack(id);
        if ((round + claimed.length) % 7 === 0) {
          const released = await untilAnswered(() => leases.release(id, bearer));
          // cut off after it was done: then the lease is gone when it is asked again
          if (!released.ok && released.code === 'not_found') ledger.faults.push(`${id} is not there`);
          continue;
        }
        ledger.exclude(id, person);
        const decided = await untilAnswered(() =>
          decisions.decide(id, bearer, { verdict: 'block', reason: 'looked', note: null }, policy),
        );
        if (!decided.ok) ledger.faults.push(`${person}'s decision on ${id} was lost: ${decided.code}`);
      }
      if (claimed.length === 0) {
        await expireOrphans(ledger);
        await delay(5);
      }
    }
  };

  const undone = async (): Promise<number> => {
    const [{ left }]: [{ left: number }] = await database.dataSource.query(
      `SELECT count(*)::integer AS left FROM moderation_case AS c
       WHERE (SELECT count(*) FROM decision WHERE case_id = c.id) < $1`,
      [roundsPerCase],
    );
    return left;
  };

  /** Each decided case is appealed at once, until enough people have decided it. */
  const appealAll = () =>
    database.dataSource.query(
      `UPDATE moderation_case AS c SET state = 'appealed', stage = 'appealed'
       WHERE state IN ('decided', 'closed') AND (SELECT count(*) FROM decision WHERE case_id = c.id) < $1`,
      [roundsPerCase],
    );

  const cutSomebodyOff = () =>
    database.dataSource.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE datname = current_database() AND application_name = $1 ORDER BY random() LIMIT 2`,
      [applicationName],
    );

  it('never hold the same case, lose no decision, and decide no case twice, while connections are cut', async () => {
    for (let at = 0; at < cases; at += 1)
      await aCase()
        .in(at % 2 === 0 ? 'sexual' : 'goods')
        .store(database.dataSource);
    const ledger = new Ledger();
    let left = cases;
    let cuts = 0;
    const oversee = async (): Promise<void> => {
      for (left = await undone(); left > 0; left = await undone()) {
        await appealAll();
        if (cuts < 40) await cutSomebodyOff();
        cuts += 1;
        await delay(20);
      }
    };
    const working = moderators.flatMap(({ id }) =>
      Array.from({ length: claimantsEach }, () => workAs(id, ledger, () => left === 0)),
    );
    await Promise.all([oversee(), ...working]);

    expect(ledger.faults).toEqual([]);
    expect(cuts).toBeGreaterThan(5);
    const decided: { decisions: number; people: number }[] = await database.dataSource.query(
      `SELECT count(*)::integer AS decisions, count(DISTINCT moderator_id)::integer AS people
       FROM decision GROUP BY case_id`,
    );
    expect(decided).toHaveLength(cases);
    expect(decided.every((each) => each.decisions === each.people)).toBe(true);
    const [{ audited }]: [{ audited: number }] = await database.dataSource.query(
      `SELECT count(*)::integer AS audited FROM audit_entry WHERE act = 'case.decided'`,
    );
    expect(audited).toBe(decided.reduce((sum, each) => sum + each.decisions, 0));
  });
});

/** The connection was ended by the server, or is ended already. */
const isCutOff = (error: unknown): boolean => {
  const { code, message = '' } = error as { code?: string; message?: string };
  return (
    code === '57P01' ||
    /terminat|ECONNRESET|not queryable|has encountered a connection error|already released/i.test(message)
  );
};
