import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { StatementEntity, statementOfContent, statementsIssued } from '#libs/database';
import { type Content, defaultPolicyDocument, type Statement, statementSchema } from '#libs/domain';
import { aCase } from '../../builders/case.builder.js';
import { aFastJudgement } from '../../builders/event.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { AppealScene, policy } from './appeal-scene.js';

describe('statements of reasons', () => {
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

  const issuedFor = async ({ id }: Content): Promise<Statement[]> => {
    const rows = await database.dataSource
      .getRepository(StatementEntity)
      .find({ where: { contentId: id }, order: { issuedAt: 'ASC', id: 'ASC' } });
    for (const { document } of rows) expect(statementSchema.parse(document)).toEqual(document);
    return rows.map(({ document }) => document);
  };
  const holding = ({ id }: Content) => statementOfContent(database.dataSource, id);

  it('are issued with a person’s block, and told with it', async () => {
    const { content } = await scene.decided(kim);
    const [statement, ...more] = await issuedFor(content);
    expect(more).toEqual([]);
    expect(statement).toMatchObject({
      contentId: content.id,
      automatedDecision: 'not',
      automatedDetection: true,
      reason: 'sexual_explicit',
      ground: { kind: 'incompatible' },
    });
    expect(statement!.facts).toContain('nsfw-mobilenet-v2 1');
    expect(await holding(content)).toEqual(statement);
    expect((await scene.told(content.id)).at(-1)).toMatchObject({
      type: 'content.verdict',
      data: { verdict: 'block', statement },
    });
  });

  it('are issued with a block by models, once however often it is told', async () => {
    const content = await scene.judged({});
    await scene.judged({}, content);
    const issued = await issuedFor(content);
    expect(issued).toMatchObject([{ automatedDecision: 'fully', reason: 'sexual_explicit' }]);
    expect((await scene.told(content.id)).at(0)!.data).toMatchObject({ statement: issued[0] });
  });

  it('are issued for what takes a person’s block over, with that person’s reason', async () => {
    const { content: origin, caseId } = await scene.decided(kim);
    const waiting = await aCase().about({ sha256: origin.sha256 }).store(database.dataSource);
    const { content: again } = await scene.decided(lee, { sha256: origin.sha256 });
    const known = await scene.known(caseId, {}, 5);
    expect(await issuedFor(again)).toHaveLength(1);
    expect(await issuedFor(waiting.content)).toMatchObject([
      { automatedDecision: 'partially', reason: 'sexual_explicit', category: 'sexual/explicit' },
    ]);
    const [near] = await issuedFor(known);
    expect(near).toMatchObject({ automatedDecision: 'partially', reason: 'sexual_explicit' });
    expect(near!.facts).toContain('near copy (5 of 256 bits');
  });

  it('are not issued for an allow, nor for what still waits', async () => {
    const { content: allowed } = await scene.decided(kim, {}, 'allow');
    const { content: waiting } = await aCase().store(database.dataSource);
    const held = await scene.judged({ verdict: 'review' });
    for (const content of [allowed, waiting, held]) expect(await issuedFor(content)).toEqual([]);
    expect(await holding(allowed)).toBeUndefined();
  });

  it('are issued anew where a block replaces a block, and where one is upheld', async () => {
    const { content, caseId } = await scene.decided(kim);
    const [{ id: decisionId }]: [{ id: string }] = await database.dataSource.query(
      'SELECT id FROM decision WHERE case_id = $1',
      [caseId],
    );
    const undo = { moderatorId: kim.id, decisionId, token: randomUUID() };
    await scene.decisions.undo(
      caseId,
      undo,
      { verdict: 'block', reason: 'violence', note: null },
      policy,
      60,
    );
    expect((await issuedFor(content)).map(({ reason }) => reason)).toEqual(['sexual_explicit', 'violence']);
    await scene.appealed(content.id);
    const queue = `stated-${randomUUID().slice(0, 8)}`;
    await database.dataSource.query('INSERT INTO queue (name, title, position) VALUES ($1, $1, 1)', [queue]);
    await database.dataSource.query('UPDATE moderation_case SET queue = $2 WHERE id = $1', [caseId, queue]);
    await scene.decide((await scene.claim(lee, [queue]))!, lee, 'block', 'violence');
    const issued = await issuedFor(content);
    expect(issued).toHaveLength(3);
    expect(await holding(content)).toEqual(issued[2]);
    expect(issued[2]!.redress.complaint.until).toBeNull();
    expect(issued[2]!.facts).toContain('confirmed the restriction');
  });

  it('say nothing more once the block is undone, and stay', async () => {
    const { content, caseId } = await scene.decided(kim);
    const [{ id: decisionId }]: [{ id: string }] = await database.dataSource.query(
      'SELECT id FROM decision WHERE case_id = $1',
      [caseId],
    );
    const undo = { moderatorId: kim.id, decisionId, token: randomUUID() };
    const allow = { verdict: 'allow' as const, reason: 'false_alarm', note: null };
    await scene.decisions.undo(caseId, undo, allow, policy, 60);
    expect(await holding(content)).toBeUndefined();
    expect(await issuedFor(content)).toHaveLength(1);
  });

  it('are in the words of the policy version that judged', async () => {
    await database.dataSource.query(
      `INSERT INTO policy_version (name, version, document) VALUES ('worded', 1, $1), ('old', 1, $2), ('broken', 1, $3)`,
      [
        {
          ...defaultPolicyDocument,
          statements: {
            ...defaultPolicyDocument.statements,
            restriction: 'removed',
            territorialScope: ['DE'],
            termsUrl: 'https://example.org/terms',
            appealDays: 10,
          },
        },
        // As versions were published before there were statements.
        { ...defaultPolicyDocument, statements: undefined, reasonCodes: undefined },
        { ...defaultPolicyDocument, reasonCodes: 7 },
      ],
    );
    const worded = await scene.judged({ policy: { name: 'worded', version: 1 } });
    expect(await issuedFor(worded)).toMatchObject([
      {
        restriction: { action: 'removed', territorialScope: ['DE'] },
        ground: { url: 'https://example.org/terms' },
        policy: { name: 'worded', version: 1 },
      },
    ]);
    const old = await scene.judged({ policy: { name: 'old', version: 1 } });
    const never = await scene.judged({ policy: { name: 'never', version: 9 } });
    const broken = await scene.judged({ policy: { name: 'broken', version: 1 } });
    for (const content of [old, never, broken])
      expect(await issuedFor(content)).toMatchObject([
        { reason: 'sexual_explicit', restriction: { action: 'disabled' } },
      ]);
  });

  it('are one for each content of a batch', async () => {
    const contents = await Promise.all(Array.from({ length: 20 }, () => scene.judged({})));
    for (const content of contents) expect(await issuedFor(content)).toHaveLength(1);
  });

  it('are never changed nor deleted', async () => {
    await scene.judged({});
    for (const statement of [
      `UPDATE statement_of_reasons SET issued_at = now()`,
      'DELETE FROM statement_of_reasons',
      'TRUNCATE statement_of_reasons',
    ])
      await expect(database.dataSource.query(statement)).rejects.toThrow(/append-only/);
  });

  describe('in a list', () => {
    const instant = (seconds: number) => new Date(Date.parse('2026-01-01T00:00:00Z') + seconds * 1000);
    const ids: string[] = [];

    /** Rows as if they had been issued then; some at the same instant. */
    beforeAll(async () => {
      for (let at = 0; at < 25; at += 1) {
        const judgement = aFastJudgement({ key: `listed:${at}`, verdict: 'block' });
        const content = await scene.judged({ ...judgement, verdict: 'review' });
        const id = randomUUID();
        const issuedAt = instant(Math.floor(at / 3));
        await database.dataSource.query(
          `INSERT INTO statement_of_reasons (id, content_id, verdict_key, issued_at, document)
           VALUES ($1, $2, $3, $4, $5)`,
          [id, content.id, judgement.key, issuedAt, { id, issuedAt: issuedAt.toISOString() }],
        );
        ids.push(id);
      }
    });

    const walk = async (limit: number, from: Date, to: Date): Promise<string[]> => {
      const seen: string[] = [];
      let after: { at: Date; id: string } | undefined;
      for (;;) {
        const page = await statementsIssued(database.dataSource, { from, to }, after, limit);
        seen.push(...page.map(({ id }) => id));
        const last = page.at(-1);
        if (!last || page.length < limit) return seen;
        after = { at: new Date(last.issuedAt), id: last.id };
      }
    };

    it.each([1, 4, 7, 100])('come each once, in pages of %i', async (limit) => {
      const seen = await walk(limit, instant(0), instant(1000));
      expect(seen).toHaveLength(25);
      expect([...seen].sort()).toEqual([...ids].sort());
    });

    it('are those of the period, its end not included', async () => {
      expect(await walk(100, instant(2), instant(4))).toHaveLength(6);
    });

    it('are left out for a minute: an earlier one may not have been stored yet', async () => {
      const content = await scene.judged({});
      const listed = await statementsIssued(
        database.dataSource,
        { from: new Date(Date.now() - 5000) },
        undefined,
        100,
      );
      expect(listed.map(({ contentId }) => contentId)).not.toContain(content.id);
    });
  });
});
