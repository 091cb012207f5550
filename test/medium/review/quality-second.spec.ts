import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { AuditEntryEntity, ModerationCaseEntity, QualityLookEntity } from '#libs/database';
import type { HumanVerdict } from '#libs/domain';
import { defaultPolicyDocument, type Policy } from '#libs/domain';
import { DecisionsRepository } from '../../../apps/review/src/cases/decisions.repository.js';
import { LeasesRepository } from '../../../apps/review/src/cases/leases.repository.js';
import type { LooksService } from '../../../apps/review/src/quality/looks.service.js';
import { QualityUpkeepRepository } from '../../../apps/review/src/quality/quality-upkeep.repository.js';
import { aCase, type StoredCase } from '../../builders/case.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { rowsOfCase } from './rows-of-case.js';

const policy: Policy = { name: 'default', version: 1, document: defaultPolicyDocument };
const undoSeconds = 300;
const looksAt = (secondLookRate: number) =>
  ({ secondLookRate, count: () => undefined }) as unknown as LooksService;

describe('second looks', () => {
  let database: TestDatabase;
  let always: DecisionsRepository;
  let leases: LeasesRepository;
  let kim: { id: string };
  let lee: { id: string };
  let noor: { id: string };
  beforeAll(async () => {
    database = await createTestDatabase({ poolSize: 20 });
    always = new DecisionsRepository(database.dataSource, looksAt(1));
    leases = new LeasesRepository(database.dataSource);
    [kim, lee] = [await aModerator(database.dataSource), await aModerator(database.dataSource)];
    noor = await aModerator(database.dataSource, { role: 'senior' });
  });
  afterAll(() => database.drop());

  const queueOf = (stored: StoredCase) => `q-${stored.id.slice(0, 8)}`;
  const store = async (builder = aCase()): Promise<StoredCase> => {
    const stored = await builder.leasedBy(kim).store(database.dataSource);
    await database.dataSource.query('UPDATE moderation_case SET queue = $2 WHERE id = $1', [
      stored.id,
      queueOf(stored),
    ]);
    await database.dataSource.query(
      'INSERT INTO queue (name, title, position) VALUES ($1, $1, 1000) ON CONFLICT DO NOTHING',
      [queueOf(stored)],
    );
    return stored;
  };
  const conclusion = (verdict: HumanVerdict) => ({ verdict, reason: 'looked', note: null });
  const decideFirst = async (verdict: HumanVerdict, builder = aCase(), by = always) => {
    const stored = await store(builder);
    const bearer = { token: stored.leaseToken, holderId: kim.id };
    expect(await by.decide(stored.id, bearer, conclusion(verdict), policy)).toMatchObject({ ok: true });
    return stored;
  };
  const lookOf = ({ id }: StoredCase) =>
    database.dataSource.getRepository(QualityLookEntity).findOneBy({ parentCaseId: id });
  const claim = async (person: { id: string }, queue: string, stages = ['open']) => {
    const claimed = await leases.claim({
      holderId: person.id,
      stages: stages as never,
      queues: [queue],
      count: 50,
      seconds: 600,
    });
    return claimed.map(({ id, leaseToken, kind }) => ({ id, leaseToken: leaseToken!, kind }));
  };
  /** the second look at a case, by somebody else */
  const look = async (stored: StoredCase, verdict: HumanVerdict, by = lee): Promise<void> => {
    const [second] = await claim(by, queueOf(stored));
    expect(second).toMatchObject({ kind: 'second' });
    const bearer = { token: second!.leaseToken, holderId: by.id };
    expect(await always.decide(second!.id, bearer, conclusion(verdict), policy)).toEqual({
      ok: true,
      value: [],
    });
  };
  const disputes = ({ id }: StoredCase) =>
    database.dataSource.getRepository(AuditEntryEntity).findBy({ subjectId: id, act: 'case.disputed' });
  const undoFirst = async (stored: StoredCase, verdict: HumanVerdict) => {
    const { decisions } = await rowsOfCase(database.dataSource, stored);
    const undo = { moderatorId: kim.id, decisionId: decisions.at(-1)!.id, token: randomUUID() };
    return always.undo(stored.id, undo, conclusion(verdict), policy, undoSeconds);
  };

  it('are drawn from single decisions on open cases, one a case, and not for whoever has seen the picture', async () => {
    const stored = await decideFirst('block');
    const row = (await lookOf(stored))!;
    expect(row).toMatchObject({
      kind: 'second',
      category: 'sexual/explicit',
      expected: 'block',
      firstModeratorId: kim.id,
      verdict: null,
    });
    expect(await claim(kim, queueOf(stored))).toEqual([]);
    expect(await undoFirst(stored, 'allow')).toEqual({ ok: true, value: undefined });
    expect(
      await database.dataSource.getRepository(QualityLookEntity).countBy({ parentCaseId: stored.id }),
    ).toBe(1);
    // Their own second look at it is not drawn for again.
    await look(stored, 'allow');
    expect(
      await database.dataSource.getRepository(QualityLookEntity).countBy({ parentCaseId: row.caseId }),
    ).toBe(0);
  });

  it('are a share of decisions: none at 0, and about the rate at 0.3', async () => {
    const never = new DecisionsRepository(database.dataSource, looksAt(0));
    expect(await lookOf(await decideFirst('block', aCase(), never))).toBeNull();
    const some = new DecisionsRepository(database.dataSource, looksAt(0.3));
    const decided: StoredCase[] = [];
    for (let at = 0; at < 150; at += 1) decided.push(await decideFirst('allow', aCase(), some));
    const drawn = await Promise.all(decided.map(lookOf));
    const count = drawn.filter((each) => each !== null).length;
    // Binomial: 45 expected, standard deviation 5.6; beyond five of these lies one run in a million.
    expect(Math.abs(count - 45)).toBeLessThan(28);
  });

  it('change nothing where both agree', async () => {
    const stored = await decideFirst('block');
    const before = await rowsOfCase(database.dataSource, stored);
    await look(stored, 'block');
    expect(await lookOf(stored)).toMatchObject({ verdict: 'block', expected: 'block', moderatorId: lee.id });
    expect(await rowsOfCase(database.dataSource, stored)).toEqual(before);
  });

  it('hand the case to a senior who is neither of the two, once, where they disagree; the verdict stays until then', async () => {
    const stored = await decideFirst('block');
    await look(stored, 'allow');
    const after = await rowsOfCase(database.dataSource, stored);
    expect(after.case).toMatchObject({
      state: 'escalated',
      stage: 'escalated',
      queue: 'senior',
      decidedAt: null,
    });
    expect(after.content).toMatchObject({ verdict: 'block', tier: 'human', final: false });
    expect(after.known.filter(({ revokedAt }) => revokedAt === null)).toMatchObject([{ verdict: 'block' }]);
    expect(after.exclusions.map(({ moderatorId }) => moderatorId).sort()).toEqual([kim.id, lee.id].sort());
    expect(await disputes(stored)).toMatchObject([
      { actorKind: 'system', details: { verdict: 'block', secondVerdict: 'allow' } },
    ]);

    for (const person of [kim, lee]) expect(await claim(person, 'senior', ['open', 'escalated'])).toEqual([]);
    const [given] = await claim(noor, 'senior', ['open', 'escalated']);
    expect(given).toMatchObject({ id: stored.id });
    // Given back, it is not settled by the very decision that is disputed.
    const bearer = { token: given!.leaseToken, holderId: noor.id };
    expect(await leases.release(stored.id, bearer)).toMatchObject({ ok: true });
    expect((await rowsOfCase(database.dataSource, stored)).case.state).toBe('escalated');

    const [again] = await claim(noor, 'senior', ['open', 'escalated']);
    await always.decide(
      again!.id,
      { token: again!.leaseToken, holderId: noor.id },
      conclusion('allow'),
      policy,
    );
    const ended = await rowsOfCase(database.dataSource, stored);
    expect(ended.case.state).toBe('decided');
    expect(ended.content).toMatchObject({ verdict: 'allow', tier: 'human', final: true });
    expect(await disputes(stored)).toHaveLength(1);
    // What the two said is kept as they said it.
    expect(await lookOf(stored)).toMatchObject({
      expected: 'block',
      verdict: 'allow',
      firstModeratorId: kim.id,
    });
  });

  it('are compared with the decision that holds: one that was undone before, and one that is undone after', async () => {
    const before = await decideFirst('block');
    await undoFirst(before, 'allow');
    await look(before, 'allow');
    expect(await lookOf(before)).toMatchObject({ expected: 'allow', verdict: 'allow' });
    expect(await disputes(before)).toEqual([]);

    const after = await decideFirst('block');
    await look(after, 'block');
    await undoFirst(after, 'allow');
    expect(await lookOf(after)).toMatchObject({ expected: 'allow', verdict: 'block' });
    expect(await disputes(after)).toHaveLength(1);
    expect((await rowsOfCase(database.dataSource, after)).case.state).toBe('escalated');
  });

  it('that are undone are compared again, and dispute once', async () => {
    const stored = await decideFirst('block');
    await look(stored, 'allow');
    const { caseId } = (await lookOf(stored))!;
    for (const verdict of ['block', 'allow'] as const) {
      const [last]: [{ id: string }] = await database.dataSource.query(
        'SELECT id FROM decision WHERE case_id = $1 ORDER BY decided_at DESC, id DESC LIMIT 1',
        [caseId],
      );
      const undo = { moderatorId: lee.id, decisionId: last.id, token: randomUUID() };
      expect(await always.undo(caseId, undo, conclusion(verdict), policy, undoSeconds)).toMatchObject({
        ok: true,
      });
      expect(await lookOf(stored)).toMatchObject({ expected: 'block', verdict });
    }
    expect(await disputes(stored)).toHaveLength(1);
  });

  it('look as doubtful as the audit sample that they are about', async () => {
    const stored = await decideFirst('allow', aCase().asAuditSample(0.25));
    const { caseId } = (await lookOf(stored))!;
    const cases = database.dataSource.getRepository(ModerationCaseEntity);
    expect(await cases.findOneByOrFail({ id: caseId })).toMatchObject({
      auditPropensity: 0.25,
      reservedFor: null,
    });
  });

  it('are withdrawn where nobody takes them for a week', async () => {
    const stored = await decideFirst('block');
    const { caseId } = (await lookOf(stored))!;
    const upkeep = new QualityUpkeepRepository(database.dataSource);
    await upkeep.withdraw();
    expect((await lookOf(stored))!.withdrawnAt).toBeNull();
    await database.dataSource.query(
      `UPDATE quality_look SET prepared_at = now() - interval '8 days' WHERE case_id = $1`,
      [caseId],
    );
    await upkeep.withdraw();
    expect((await lookOf(stored))!.withdrawnAt).not.toBeNull();
    expect(await claim(lee, queueOf(stored))).toEqual([]);
  });

  it('never go to who decided first, and dispute each case once, when many people decide and look at once', async () => {
    const people = await Promise.all(Array.from({ length: 6 }, () => aModerator(database.dataSource)));
    const queue = 'busy';
    const contested = 40;
    for (let at = 0; at < contested; at += 1) await aCase().in(queue).store(database.dataSource);
    const faults: string[] = [];
    const work = async ({ id }: { id: string }, place: number): Promise<void> => {
      for (let idle = 0; idle < 5;) {
        const [claimed] = await leases.claim({
          holderId: id,
          stages: ['open'],
          queues: [queue],
          count: 1,
          seconds: 600,
        });
        idle = claimed ? 0 : idle + 1;
        if (!claimed) continue;
        const bearer = { token: claimed.leaseToken!, holderId: id };
        const verdict = place % 2 === 0 ? 'allow' : 'block';
        const decided = await always.decide(claimed.id, bearer, conclusion(verdict), policy);
        if (!decided.ok) faults.push(`${claimed.id}: ${decided.code}`);
      }
    };
    await Promise.all(people.map(work));
    expect(faults).toEqual([]);
    const rows: { itself: boolean; differs: boolean; state: string; disputes: number }[] =
      await database.dataSource.query(
        `SELECT look.moderator_id = look.first_moderator_id AS itself, look.verdict <> look.expected AS differs, c.state,
                (SELECT count(*)::integer FROM audit_entry
                 WHERE subject_id = c.id::text AND act = 'case.disputed') AS disputes
         FROM quality_look AS look JOIN moderation_case AS c ON c.id = look.parent_case_id
         WHERE look.queue = $1`,
        [queue],
      );
    expect(rows).toHaveLength(contested);
    expect(rows.filter(({ itself }) => itself !== false)).toEqual([]);
    for (const { differs, state, disputes: count } of rows)
      expect({ state, count }).toEqual(
        differs ? { state: 'escalated', count: 1 } : { state: 'decided', count: 0 },
      );
    expect(new Set(rows.map(({ differs }) => differs)).size).toBe(2);
  });
});
