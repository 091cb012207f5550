import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  AppealEntity,
  AuditEntryEntity,
  CaseExclusionEntity,
  ContentEntity,
  KnownContentEntity,
  ModerationCaseEntity,
} from '#libs/database';
import type { Content } from '#libs/domain';
import { aCase } from '../../builders/case.builder.js';
import { aContent } from '../../builders/content.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { AppealScene, policy } from './appeal-scene.js';

describe('appeals', () => {
  let database: TestDatabase;
  let scene: AppealScene;
  let kim: { id: string };
  let lee: { id: string };

  beforeAll(async () => {
    database = await createTestDatabase({ poolSize: 20 });
    scene = new AppealScene(database.dataSource);
    await scene.listen();
    kim = await aModerator(database.dataSource);
    lee = await aModerator(database.dataSource);
  });
  afterAll(() => database.drop());

  const caseOf = ({ id }: Content) =>
    database.dataSource.getRepository(ModerationCaseEntity).findOneByOrFail({ contentId: id });
  const contentRow = ({ id }: Content) =>
    database.dataSource.getRepository(ContentEntity).findOneByOrFail({ id });
  const appealRow = (id: string) => database.dataSource.getRepository(AppealEntity).findOneByOrFail({ id });
  const excludedFrom = async (caseId: string): Promise<string[]> =>
    (await database.dataSource.getRepository(CaseExclusionEntity).findBy({ caseId })).map(
      ({ moderatorId }) => moderatorId,
    );
  const inForce = async ({ sha256 }: Content) =>
    (
      await database.dataSource
        .getRepository(KnownContentEntity)
        .findBy({ sha256: Buffer.from(sha256, 'hex') })
    ).filter(({ revokedAt }) => revokedAt === null);

  /** Claims until this case comes, as somebody who may work in a queue of its own. */
  const decideAppeal = async (caseId: string, verdict: 'allow' | 'block', by = lee): Promise<void> => {
    const queue = `appeal-${randomUUID().slice(0, 8)}`;
    await database.dataSource.query(`INSERT INTO queue (name, title, position) VALUES ($1, $1, 1)`, [queue]);
    await database.dataSource.query('UPDATE moderation_case SET queue = $2 WHERE id = $1', [caseId, queue]);
    const held = await scene.claim(by, [queue]);
    expect(held?.caseId).toBe(caseId);
    await scene.decide(held!, by, verdict);
  };

  it('put the case of a block before somebody else, with a new promise', async () => {
    const { content, caseId } = await scene.decided(kim);
    const before = Date.now();
    const appeal = await scene.appealed(content.id);
    expect(appeal.caseId).toBe(caseId);
    const row = await caseOf(content);
    expect(row).toMatchObject({ state: 'appealed', stage: 'appealed', queue: 'sexual', decidedAt: null });
    expect(row.dueAt.getTime()).toBeGreaterThanOrEqual(before + 3600_000);
    expect(row.slaAt).toEqual(row.dueAt);
    expect(await excludedFrom(caseId)).toEqual([kim.id]);
    expect(await contentRow(content)).toMatchObject({ verdict: 'block', tier: 'human', final: false });
  });

  it('are upheld by another block, which closes the case', async () => {
    const { content } = await scene.decided(kim);
    const { id, caseId } = await scene.appealed(content.id);
    await decideAppeal(caseId, 'block');
    const row = await appealRow(id);
    expect(row).toMatchObject({ state: 'upheld', concludedAt: expect.any(Date) });
    expect(await caseOf(content)).toMatchObject({ state: 'closed', stage: 'appealed' });
    expect(await contentRow(content)).toMatchObject({ verdict: 'block', tier: 'human', final: true });
    expect(await inForce(content)).toMatchObject([{ verdict: 'block', decisionId: row.decisionId }]);
    expect(await scene.appeal(content.id, 'Again')).toMatchObject({ ok: false, code: 'already_appealed' });
  });

  it('are overturned by an allow, which is undone in known content', async () => {
    const { content } = await scene.decided(kim);
    const { id, caseId } = await scene.appealed(content.id);
    await decideAppeal(caseId, 'allow');
    expect(await appealRow(id)).toMatchObject({ state: 'overturned' });
    expect(await contentRow(content)).toMatchObject({ verdict: 'allow', tier: 'human', final: true });
    expect(await inForce(content)).toMatchObject([{ verdict: 'allow', caseId, expiresAt: expect.any(Date) }]);
  });

  it('are told, audited, and their words are in neither', async () => {
    const { content } = await scene.decided(kim, { reference: 'pic-7' });
    const filedBy = randomUUID();
    const filed = await scene.appeal(content.id, 'My words', filedBy);
    if (!filed.ok) throw new Error(filed.code);
    const { id, caseId } = filed.value.appeal;
    await decideAppeal(caseId, 'allow');
    const told = await scene.told(content.id);
    expect(told.map(({ type }) => type)).toEqual([
      'content.verdict',
      'appeal.received',
      'appeal.decided',
      'content.verdict',
    ]);
    expect(told[2]!.data).toMatchObject({ appealId: id, outcome: 'overturned', verdict: 'allow' });
    expect(told[3]!.data).toMatchObject({ verdict: 'allow', statement: null });
    const audited = await database.dataSource
      .getRepository(AuditEntryEntity)
      .find({ where: { subjectId: id }, order: { id: 'ASC' } });
    expect(audited).toMatchObject([
      { act: 'appeal.received', actorKind: 'service', actorId: filedBy },
      { act: 'appeal.overturned', actorKind: 'moderator', actorId: lee.id },
    ]);
    expect(JSON.stringify([told, audited])).not.toContain('My words');
  });

  it('open a case for what models alone had blocked, where the rules route it', async () => {
    const content = await scene.judged({});
    const { caseId } = await scene.appealed(content.id);
    expect(await caseOf(content)).toMatchObject({
      id: caseId,
      kind: 'content',
      state: 'appealed',
      stage: 'appealed',
      queue: 'sexual',
    });
    await decideAppeal(caseId, 'allow', kim);
    expect(await contentRow(content)).toMatchObject({ verdict: 'allow', tier: 'human', final: true });
  });

  it('exclude whoever decided on the picture elsewhere, and on the one that it was taken for', async () => {
    const { content: origin, caseId: originCase } = await scene.decided(kim);
    const copy = await scene.known(originCase, { sha256: origin.sha256 });
    const near = await scene.known(originCase, {}, 12);
    for (const content of [copy, near]) {
      const { caseId } = await scene.appealed(content.id);
      expect(caseId).not.toBe(originCase);
      expect(await excludedFrom(caseId)).toEqual([kim.id]);
    }
  });

  it('exclude whoever looked a second time, or was superseded', async () => {
    const noor = await aModerator(database.dataSource);
    const { content, caseId } = await scene.decided(kim);
    const [{ id: decisionId }]: [{ id: string }] = await database.dataSource.query(
      'SELECT id FROM decision WHERE case_id = $1',
      [caseId],
    );
    const undo = { moderatorId: kim.id, decisionId, token: randomUUID() };
    const conclusion = { verdict: 'block' as const, reason: 'violence', note: null };
    expect(await scene.decisions.undo(caseId, undo, conclusion, policy, 60)).toMatchObject({ ok: true });
    const second: ModerationCaseEntity = {
      ...(await caseOf(content)),
      id: randomUUID(),
      kind: 'second',
      state: 'leased',
      leaseToken: randomUUID(),
      leaseHolderId: noor.id,
      leaseExpiresAt: new Date(Date.now() + 600_000),
      decidedAt: null,
    };
    await database.dataSource.getRepository(ModerationCaseEntity).insert(second);
    await scene.decide({ caseId: second.id, token: second.leaseToken! }, noor, 'block');
    const appeal = await scene.appealed(content.id);
    expect((await excludedFrom(appeal.caseId)).sort()).toEqual([kim.id, noor.id].sort());
  });

  it('undo, with the block, what took it over for the same bytes', async () => {
    const { content: origin, caseId } = await scene.decided(kim);
    const { sha256 } = origin;
    const copies = [await scene.known(caseId, { sha256 }), await scene.known(caseId, { sha256 })];
    const byModels = await scene.judged({}, { sha256 });
    const { content: decidedToo } = await scene.decided(kim, { sha256 });
    await scene.appealed(origin.id);
    await decideAppeal(caseId, 'allow');
    for (const copy of copies) {
      expect(await contentRow(copy)).toMatchObject({ verdict: 'allow', tier: 'known', final: true });
      expect((await scene.told(copy.id)).at(-1)).toMatchObject({
        type: 'content.verdict',
        data: { verdict: 'allow' },
      });
    }
    // The models' own word and a person's on the content itself stand.
    for (const other of [byModels, decidedToo])
      expect(await contentRow(other)).toMatchObject({ verdict: 'block' });
  });

  it('have near copies looked at that were blocked for the picture, one case for the same bytes', async () => {
    const { content: origin, caseId } = await scene.decided(kim);
    const { sha256 } = aContent();
    const twins = [await scene.known(caseId, { sha256 }, 9), await scene.known(caseId, { sha256 }, 9)];
    const other = await scene.known(caseId, {}, 20);
    await scene.appealed(origin.id);
    await decideAppeal(caseId, 'allow');
    for (const near of [...twins, other])
      expect(await contentRow(near)).toMatchObject({ verdict: 'block', final: false });
    const cases = await database.dataSource
      .getRepository(ModerationCaseEntity)
      .findBy(twins.map(({ id }) => ({ contentId: id })));
    expect(cases).toMatchObject([{ state: 'open', stage: 'open', kind: 'content' }]);
    expect(await caseOf(other)).toMatchObject({ state: 'open' });
    const queue = `near-${randomUUID().slice(0, 8)}`;
    await database.dataSource.query('UPDATE moderation_case SET queue = $2 WHERE id = $1', [
      cases[0]!.id,
      queue,
    ]);
    const held = await scene.claim(lee, [queue]);
    await scene.decide(held!, lee, 'allow');
    for (const twin of twins) expect(await contentRow(twin)).toMatchObject({ verdict: 'allow', final: true });
  });

  it('of a copy undo nothing for the picture that it was taken for', async () => {
    const { content: origin, caseId } = await scene.decided(kim);
    const near = await scene.known(caseId, {}, 9);
    const appeal = await scene.appealed(near.id);
    await decideAppeal(appeal.caseId, 'allow');
    expect(await contentRow(near)).toMatchObject({ verdict: 'allow', tier: 'human' });
    expect(await contentRow(origin)).toMatchObject({ verdict: 'block', final: true });
    expect(await inForce(origin)).toMatchObject([{ verdict: 'block' }]);
  });

  it('stay appeals when they are skipped or escalated', async () => {
    const { content } = await scene.decided(kim);
    const { id, caseId } = await scene.appealed(content.id);
    const noor = await aModerator(database.dataSource, { role: 'senior' });
    const held = async (by: { id: string }) => {
      const queue = `again-${randomUUID().slice(0, 8)}`;
      await database.dataSource.query('UPDATE moderation_case SET queue = $2 WHERE id = $1', [caseId, queue]);
      return (await scene.claim(by, [queue]))!;
    };
    const skipped = await held(lee);
    await scene.leases.skip(caseId, { token: skipped.token, holderId: lee.id }, 'not mine');
    const escalated = await held(noor);
    await scene.leases.escalate(caseId, { token: escalated.token, holderId: noor.id }, undefined);
    expect(await caseOf(content)).toMatchObject({ state: 'appealed', stage: 'appealed', queue: 'senior' });
    const other = await aModerator(database.dataSource, { role: 'senior' });
    await decideAppeal(caseId, 'block', other);
    expect(await appealRow(id)).toMatchObject({ state: 'upheld' });
  });

  describe('are refused', () => {
    const refusalOf = async (content: Content) => {
      const before = await contentRow(content);
      const filed = await scene.appeal(content.id);
      expect(await contentRow(content)).toEqual(before);
      return filed.ok ? undefined : filed.code;
    };

    it('where nothing is blocked, or nothing for good', async () => {
      const { content: allowed } = await scene.decided(kim, {}, 'allow');
      const { content: waiting } = await aCase().store(database.dataSource);
      expect(await refusalOf(allowed)).toBe('not_blocked');
      expect(await refusalOf(waiting)).toBe('not_final');
    });

    it('once their time is over', async () => {
      expect(await refusalOf(await scene.judgedLongAgo())).toBe('too_late');
    });

    it('once the picture is erased', async () => {
      const { content } = await scene.decided(kim);
      await database.dataSource.query('UPDATE content SET image_erased_at = now() WHERE id = $1', [
        content.id,
      ]);
      expect(await refusalOf(content)).toBe('erased');
    });

    it('while another one is open, with its id', async () => {
      const { content } = await scene.decided(kim);
      const { id } = await scene.appealed(content.id);
      expect(await scene.appeal(content.id, 'Other words')).toEqual({
        ok: false,
        code: 'appeal_open',
        appealId: id,
      });
    });

    it('for a content that nobody knows', async () => {
      expect(await scene.appeal(randomUUID())).toEqual({ ok: false, code: 'not_found' });
    });
  });

  it('are one, however often and however much at once the same request comes', async () => {
    const { content } = await scene.decided(kim);
    const service = randomUUID();
    const filed = await Promise.all(
      Array.from({ length: 12 }, () => scene.appeal(content.id, 'The same', service)),
    );
    const found = filed.map((each) => (each.ok ? each.value : undefined));
    expect(new Set(found.map((each) => each?.appeal.id)).size).toBe(1);
    expect(found.filter((each) => each?.isNew)).toHaveLength(1);
  });

  it('are one where different ones come at once', async () => {
    const { content } = await scene.decided(kim);
    const filed = await Promise.all(
      Array.from({ length: 12 }, (_, at) => scene.appeal(content.id, `Number ${at}`)),
    );
    expect(filed.filter(({ ok }) => ok)).toHaveLength(1);
    expect(filed.filter((each) => !each.ok && each.code === 'appeal_open')).toHaveLength(11);
  });
});
