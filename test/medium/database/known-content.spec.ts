import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import {
  DecisionEntity,
  type KnownContent,
  KnownContentEntity,
  readKnownContent,
  type Watermark,
} from '#libs/database';
import type { EntityManager } from 'typeorm';
import { aCase } from '../../builders/case.builder.js';
import { aModerator } from '../../builders/moderator.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';

const sha256 = (): Buffer => Buffer.from(randomUUID().replaceAll('-', '').repeat(2), 'hex');

describe('readKnownContent', () => {
  let database: TestDatabase;
  let decision: { caseId: string; decisionId: string };

  beforeAll(async () => {
    database = await createTestDatabase();
    const { id: moderatorId } = await aModerator(database.dataSource);
    const { id: caseId } = await aCase().store(database.dataSource);
    decision = { caseId, decisionId: randomUUID() };
    await database.dataSource.getRepository(DecisionEntity).insert({
      id: decision.decisionId,
      caseId,
      moderatorId,
      leaseToken: randomUUID(),
      verdict: 'block',
      reason: 'sexual_explicit',
      machineVerdict: 'review',
      policyName: 'default',
      policyVersion: 1,
      decidedAt: new Date(),
    });
  });
  afterAll(() => database.drop());

  let watermark: Watermark;
  beforeEach(async () => {
    watermark = (await read(undefined)).watermark;
  });

  const insert = async (manager: EntityManager): Promise<string> => {
    const id = randomUUID();
    await manager.insert(KnownContentEntity, {
      ...decision,
      id,
      sha256: sha256(),
      verdict: 'block',
      policyName: 'default',
      policyVersion: 1,
    });
    return id;
  };

  const read = async (
    since: Watermark | undefined,
  ): Promise<{ rows: KnownContent[]; watermark: Watermark }> => {
    const rows: KnownContent[] = [];
    const mark = await readKnownContent(database.dataSource, since, (page) => rows.push(...page));
    return { rows, watermark: mark };
  };
  const idsSince = async (since: Watermark): Promise<string[]> =>
    (await read(since)).rows.map(({ id }) => id);

  it('hands over what was written since the mark, and nothing twice once all is quiet', async () => {
    const id = await insert(database.dataSource.manager);
    const first = await read(watermark);
    expect(first.rows).toMatchObject([{ id, verdict: 'block', caseId: decision.caseId, revokedAt: null }]);
    expect(await idsSince(first.watermark)).toEqual([]);
  });

  it('sees a row that an early transaction committed after a later one was read', async () => {
    const early = database.dataSource.createQueryRunner();
    await early.startTransaction();
    const earlyId = await insert(early.manager);
    const lateId = await insert(database.dataSource.manager);

    const during = await read(watermark);
    expect(during.rows.map(({ id }) => id)).toEqual([lateId]);
    await early.commitTransaction();
    await early.release();

    expect(await idsSince(during.watermark)).toContain(earlyId);
  });

  it('hands over a revocation, also of a row that was read before', async () => {
    const id = await insert(database.dataSource.manager);
    const { watermark: afterInsert } = await read(watermark);
    await database.dataSource.getRepository(KnownContentEntity).update(id, { revokedAt: new Date() });
    const { rows } = await read(afterInsert);
    expect(rows.map((row) => row.id)).toEqual([id]);
    expect(rows[0]!.revokedAt).not.toBeNull();
  });

  it('begins with all that is in force, without what was revoked', async () => {
    const [kept, revoked] = [
      await insert(database.dataSource.manager),
      await insert(database.dataSource.manager),
    ];
    await database.dataSource.getRepository(KnownContentEntity).update(revoked, { revokedAt: new Date() });
    const ids = (await read(undefined)).rows.map(({ id }) => id);
    expect(ids).toContain(kept);
    expect(ids).not.toContain(revoked);
  });

  it('pages through more rows than fit in one page, each once', async () => {
    await database.dataSource.query(
      `INSERT INTO known_content (id, sha256, verdict, case_id, decision_id, policy_name, policy_version)
       SELECT gen_random_uuid(), sha256(n::text::bytea), 'block', $1, $2, 'default', 1
       FROM generate_series(1, 20001) AS n`,
      [decision.caseId, decision.decisionId],
    );
    const pages: number[] = [];
    const ids = new Set<string>();
    await readKnownContent(database.dataSource, watermark, (rows) => {
      pages.push(rows.length);
      for (const { id } of rows) ids.add(id);
    });
    expect(pages).toEqual([10_000, 10_000, 1]);
    expect(ids.size).toBe(20_001);
  });

  it('refuses to delete: what no longer holds is revoked, so that readers hear of it', async () => {
    await expect(database.dataSource.query('DELETE FROM known_content')).rejects.toThrow('append-only');
  });
});
