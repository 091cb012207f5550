import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { CaseContentEntity, ContentEntity, ModerationCaseEntity } from '#libs/database';
import { defaultPolicyDocument, type HumanVerdict, type Policy } from '#libs/domain';
import { DecisionsRepository } from '../../../apps/review/src/cases/decisions.repository.js';
import { aCase, type StoredCase } from '../../builders/case.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { AppealScene } from './appeal-scene.js';
import { rowsOfCase } from './rows-of-case.js';

const policy: Policy = { name: 'default', version: 1, document: defaultPolicyDocument };
const undoSeconds = 300;

describe('undoing a decision', () => {
  let database: TestDatabase;
  let decisions: DecisionsRepository;
  let kim: { id: string };
  let lee: { id: string };

  beforeAll(async () => {
    database = await createTestDatabase({ poolSize: 20 });
    decisions = new DecisionsRepository(database.dataSource);
    kim = await aModerator(database.dataSource);
    lee = await aModerator(database.dataSource);
  });
  afterAll(() => database.drop());

  const rowsOf = (stored: StoredCase) => rowsOfCase(database.dataSource, stored);

  const decidedByKim = async (builder = aCase(), verdict: HumanVerdict = 'block'): Promise<StoredCase> => {
    const held = await builder.leasedBy(kim).store(database.dataSource);
    const bearer = { token: held.leaseToken, holderId: kim.id };
    expect(
      await decisions.decide(held.id, bearer, { verdict, reason: 'looked', note: null }, policy),
    ).toEqual({
      ok: true,
      value: [],
    });
    return held;
  };

  const undo = async (
    stored: StoredCase,
    {
      by = kim,
      token = randomUUID(),
      decisionId,
      verdict = 'allow',
      seconds = undoSeconds,
    }: {
      by?: { id: string };
      token?: string;
      decisionId?: string;
      verdict?: HumanVerdict;
      seconds?: number;
    } = {},
  ) => {
    const last = (await rowsOf(stored)).decisions.at(-1)!.id;
    return decisions.undo(
      stored.id,
      { moderatorId: by.id, decisionId: decisionId ?? last, token },
      { verdict, reason: 'looked again', note: 'a mistake' },
      policy,
      seconds,
    );
  };

  it('stores another decision that supersedes the first, and all that follows from it', async () => {
    const stored = await decidedByKim();
    expect(await undo(stored)).toEqual({ ok: true, value: undefined });
    const { case: row, content, decisions: both, known, verdicts, audit } = await rowsOf(stored);
    expect(row.state).toBe('decided');
    expect(content).toMatchObject({ verdict: 'allow', tier: 'human', final: true });
    expect(both).toMatchObject([
      { verdict: 'block', supersedesId: null, machineVerdict: 'review' },
      { verdict: 'allow', supersedesId: both[0]!.id, machineVerdict: 'review', note: 'a mistake' },
    ]);
    expect(verdicts.filter(({ tier }) => tier === 'human')).toHaveLength(2);
    expect(known.map(({ verdict, revokedAt }) => [verdict, revokedAt !== null])).toEqual([
      ['block', true],
      ['allow', false],
    ]);
    expect(audit.map(({ act }) => act)).toEqual(['case.decided', 'case.undone']);
  });

  it('changes what was settled with the picture, and what waited for the case', async () => {
    const { dataSource } = database;
    const builder = aCase();
    const sha256 = { sha256: (await aCase().store(dataSource)).content.sha256 };
    const settled = await aCase().about(sha256).store(dataSource);
    const attached = await aCase().about(sha256).store(dataSource);
    const held = await builder.about(sha256).leasedBy(kim).store(dataSource);
    // As the ledger leaves an upload of the same picture: with no case of its own.
    await dataSource.query('DELETE FROM moderation_case WHERE id = $1', [attached.id]);
    await dataSource
      .getRepository(CaseContentEntity)
      .insert({ contentId: attached.content.id, caseId: held.id });

    const verdictOf = async ({ content }: StoredCase) => {
      const row = await dataSource.getRepository(ContentEntity).findOneByOrFail({ id: content.id });
      return [row.verdict, row.tier, row.final];
    };
    const bearer = { token: held.leaseToken, holderId: kim.id };
    await decisions.decide(held.id, bearer, { verdict: 'block', reason: 'looked', note: null }, policy);
    for (const each of [settled, attached]) expect(await verdictOf(each)).toEqual(['block', 'known', true]);
    await undo(held);
    for (const each of [settled, attached]) expect(await verdictOf(each)).toEqual(['allow', 'known', true]);
  });

  it('allows what gateways blocked as the same picture meanwhile, and has near copies of it looked at', async () => {
    const { dataSource } = database;
    const scene = new AppealScene(dataSource);
    const stored = await decidedByKim();
    const copy = await scene.known(stored.id, { sha256: stored.content.sha256 });
    const near = await scene.known(stored.id, {}, 12);
    const contentRow = ({ id }: { id: string }) =>
      dataSource.getRepository(ContentEntity).findOneByOrFail({ id });
    expect(await contentRow(copy)).toMatchObject({ verdict: 'block', final: true });
    await undo(stored, { verdict: 'block' });
    expect(await contentRow(copy)).toMatchObject({ verdict: 'block', final: true });
    await undo(stored);
    expect(await contentRow(copy)).toMatchObject({ verdict: 'allow', tier: 'known', final: true });
    expect(await contentRow(near)).toMatchObject({ verdict: 'block', final: false });
    expect(
      await dataSource.getRepository(ModerationCaseEntity).findOneBy({ contentId: near.id }),
    ).toMatchObject({ state: 'open' });
    await undo(stored, { verdict: 'block' });
    expect(await contentRow(copy)).toMatchObject({ verdict: 'block', tier: 'known', final: true });
  });

  it('is stored once when the request is repeated, also many times at once', async () => {
    const stored = await decidedByKim();
    const decisionId = (await rowsOf(stored)).decisions[0]!.id;
    const token = randomUUID();
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => undo(stored, { token, decisionId })));
    outcomes.push(await undo(stored, { token, decisionId }));
    expect(outcomes.every(({ ok }) => ok)).toBe(true);
    expect((await rowsOf(stored)).decisions).toHaveLength(2);
    expect(await undo(stored, { token, decisionId, verdict: 'block' })).toEqual({
      ok: false,
      code: 'token_used',
    });
  });

  it('leaves the token of a lease to the decision under that lease', async () => {
    const stored = await decidedByKim();
    const held = await aCase().leasedBy(kim).store(database.dataSource);
    expect(await undo(stored, { token: held.leaseToken })).toMatchObject({ ok: true });
    const bearer = { token: held.leaseToken, holderId: kim.id };
    const conclusion = { verdict: 'block' as const, reason: 'looked', note: null };
    expect(await decisions.decide(held.id, bearer, conclusion, policy)).toMatchObject({ ok: true });
    expect((await rowsOf(held)).decisions).toHaveLength(1);
  });

  it('goes through once when two of them differ', async () => {
    const stored = await decidedByKim();
    const decisionId = (await rowsOf(stored)).decisions[0]!.id;
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => undo(stored, { decisionId })));
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect((await rowsOf(stored)).decisions).toHaveLength(2);
  });

  it.each([
    ['somebody else’s', 'not_yours', (stored: StoredCase) => undo(stored, { by: lee })],
    ['not the last', 'not_last', (stored: StoredCase) => undo(stored, { decisionId: randomUUID() })],
    ['too long ago', 'too_late', (stored: StoredCase) => undo(stored, { seconds: 0 })],
    [
      'on a case that was appealed since',
      'not_decided',
      async (stored: StoredCase) => {
        await database.dataSource.query(
          `UPDATE moderation_case SET state = 'appealed', stage = 'appealed' WHERE id = $1`,
          [stored.id],
        );
        return undo(stored);
      },
    ],
  ] as const)('is refused for a decision that is %s', async (_, code, attempt) => {
    const stored = await decidedByKim();
    const before = await rowsOf(stored);
    expect(await attempt(stored)).toEqual({ ok: false, code });
    const after = await rowsOf(stored);
    expect({ ...after, case: null }).toEqual({ ...before, case: null });
  });

  it('knows no case that was never opened', async () => {
    const undone = decisions.undo(
      randomUUID(),
      { moderatorId: kim.id, decisionId: randomUUID(), token: randomUUID() },
      { verdict: 'allow', reason: 'looked', note: null },
      policy,
      undoSeconds,
    );
    expect(await undone).toEqual({ ok: false, code: 'not_found' });
  });
});
