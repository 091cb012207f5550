import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { blobKeyFor } from '#libs/blobs';
import { ContentEntity, storedPictures } from '#libs/database';
import { defaultRetention } from '#libs/domain';
import type { AuditPage } from '../../../apps/review/src/audit/audit.dto.js';
import type { ErasureView } from '../../../apps/review/src/erasure/erasure.dto.js';
import { PictureRemover } from '../../../apps/review/src/erasure/picture-remover.js';
import { RetentionService } from '../../../apps/review/src/erasure/retention.service.js';
import { LedgerRepository } from '../../../apps/review/src/ledger/ledger.repository.js';
import { entryOf } from '../../../apps/review/src/ledger/ledger-entry.js';
import { aCase, type StoredCase } from '../../builders/case.builder.js';
import { aContent } from '../../builders/content.builder.js';
import { aFastJudgement, aFlaggedEvent, aRescoredEvent } from '../../builders/event.builder.js';
import { TestReview } from './test-review.js';

type Person = Awaited<ReturnType<TestReview['signIn']>>;

const hourMs = 60 * 60_000;
let review: TestReview;
let folder: string;
let lead: Person;
let admin: Person;
let kim: Person;
let endpointId: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sluice-erasure-'));
  review = await TestReview.start({ BLOB_DIR: folder });
  [lead, admin, kim] = [
    await review.signIn({ role: 'lead' }),
    await review.signIn({ role: 'admin' }),
    await review.signIn(),
  ];
  endpointId = randomUUID();
  await query(
    `INSERT INTO webhook_endpoint (id, url, event_types, secret, open_until)
     VALUES ($1, 'https://example.org/', '{content.erased,content.verdict,case.opened}', '\\x00', now() + interval '1 day')`,
    [endpointId],
  );
});
afterAll(async () => {
  await review.stop();
  await rm(folder, { recursive: true, force: true });
});

const query = <Row = Record<string, unknown>>(sql: string, parameters: unknown[] = []): Promise<Row[]> =>
  review.database.dataSource.query(sql, parameters);

/** Bytes in the store, put some hours ago. */
const aPicture = async (hours = 100): Promise<{ sha256: string; blobKey: string }> => {
  const bytes = randomBytes(64);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  const blobKey = blobKeyFor(sha256);
  await review.blobs.put(blobKey, bytes);
  const storedAt = new Date(Date.now() - hours * hourMs);
  await utimes(join(folder, blobKey), storedAt, storedAt);
  return { sha256, blobKey };
};
const isStored = async (blobKey: string): Promise<boolean> => (await review.blobs.get(blobKey)) !== undefined;

/** A block by Kim, with a note. */
const aDecidedCase = async (facts: Parameters<typeof aContent>[0] = {}): Promise<StoredCase> => {
  const held = await aCase()
    .about({ reference: 'user-4711', ...facts })
    .leasedBy(kim)
    .store(review.database.dataSource);
  const { status } = await review.send('POST', `/v1/cases/${held.id}/decision`, {
    headers: kim.headers,
    body: {
      leaseToken: held.leaseToken,
      verdict: 'block',
      reason: 'sexual_explicit',
      note: 'shows Ms Example',
    },
  });
  expect(status).toBe(200);
  return held;
};

const erase = (id: string, search: string, { headers }: { headers: Record<string, string> } = lead) =>
  review.send<ErasureView & { code?: string }>('DELETE', `/v1/content/${id}?${search}`, { headers });

const contentRow = (id: string): Promise<ContentEntity> =>
  review.database.dataSource.getRepository(ContentEntity).findOneByOrFail({ id });
const caseRow = async (id: string) =>
  (
    await query<{ state: string; content_id: string }>('SELECT * FROM moderation_case WHERE id = $1', [id])
  )[0]!;

describe('Erasing a picture', () => {
  it('deletes its bytes and keeps all that was decided', async () => {
    const picture = await aPicture();
    const { id, content } = await aDecidedCase(picture);
    const answer = await erase(content.id, 'scope=image');
    expect(answer).toMatchObject({ status: 200, body: { scope: 'image', picture: 'deleted', withdrawn: 0 } });
    expect(await isStored(picture.blobKey)).toBe(false);
    expect(await contentRow(content.id)).toMatchObject({
      blobKey: null,
      reference: 'user-4711',
      verdict: 'block',
      tier: 'human',
      final: true,
      imageErasedAt: expect.any(Date),
      personalErasedAt: null,
    });
    expect(await query('SELECT verdict, note FROM decision WHERE case_id = $1', [id])).toEqual([
      { verdict: 'block', note: 'shows Ms Example' },
    ]);
    const image = await review.send('GET', `/v1/cases/${id}/image`, lead);
    expect(image.status).toBe(404);
    expect(await query('SELECT 1 FROM blob_erasure')).toEqual([]);
    const [known] = await query('SELECT revoked_at FROM known_content WHERE sha256 = decode($1, $2)', [
      picture.sha256,
      'hex',
    ]);
    expect(known).toEqual({ revoked_at: null });
  });

  it('leaves bytes that another content needs, until that is erased too', async () => {
    const picture = await aPicture();
    const [one, other] = [await aDecidedCase(picture), await aDecidedCase(picture)];
    expect((await erase(one.content.id, 'scope=image')).body.picture).toBe('shared');
    expect(await isStored(picture.blobKey)).toBe(true);
    expect((await erase(other.content.id, 'scope=image')).body.picture).toBe('deleted');
    expect(await isStored(picture.blobKey)).toBe(false);
  });

  it('leaves bytes that were put lately, whose upload the ledger may not know yet, and comes back for them', async () => {
    const picture = await aPicture(0.2);
    const { content } = await aDecidedCase(picture);
    expect((await erase(content.id, 'scope=image')).body.picture).toBe('scheduled');
    const remover = review.app.get(PictureRemover);
    expect(await remover.removeDue()).toBe(0);
    const longAgo = new Date(Date.now() - 2 * hourMs);
    await utimes(join(folder, picture.blobKey), longAgo, longAgo);
    await query('UPDATE blob_erasure SET next_try_at = now() - make_interval(secs => 1)');
    expect(await remover.removeDue()).toBe(1);
    expect(await isStored(picture.blobKey)).toBe(false);
    expect(await query('SELECT 1 FROM blob_erasure')).toEqual([]);
  });

  it('comes back for bytes when the store was away, and is content when they are gone already', async () => {
    const picture = await aPicture();
    const { content } = await aDecidedCase(picture);
    const away = jest
      .spyOn(review.blobs, 'deleteIfOlder')
      .mockRejectedValueOnce(new Error('the store is away'));
    expect((await erase(content.id, 'scope=image')).body.picture).toBe('scheduled');
    away.mockRestore();
    await review.blobs.delete(picture.blobKey);
    expect(await review.app.get(PictureRemover).removeDue()).toBe(1);
  });

  it('is not undone by an event that comes late', async () => {
    const picture = await aPicture();
    const content = aContent({ ...picture, reference: 'user-4711' });
    const ledger = review.app.get(LedgerRepository);
    const settled = aRescoredEvent(content, [
      aFastJudgement({ key: 'deep:1', tier: 'deep', verdict: 'block' }),
    ]);
    await ledger.write([entryOf(settled)]);
    expect((await erase(content.id, 'scope=all')).status).toBe(200);
    const late = aRescoredEvent(content, [aFastJudgement({ key: 'deep:2', tier: 'deep' })]);
    await ledger.write([entryOf(late)]);
    expect(await contentRow(content.id)).toMatchObject({ blobKey: null, reference: null });
    expect(await query('SELECT 1 FROM moderation_case WHERE content_id = $1', [content.id])).toEqual([]);
  });

  it('lets the sweep take the bytes, should nobody else', async () => {
    const picture = await aPicture();
    const { content } = await aDecidedCase(picture);
    await query(`UPDATE content SET blob_key = NULL, image_erased_at = now() WHERE id = $1`, [content.id]);
    const [found] = await storedPictures(review.database.dataSource, [picture.sha256], defaultRetention);
    expect(found).toMatchObject({ hasOpenCase: false, isUnsettled: false, keptUntil: null });
    expect(found!.storedForAt).toBeInstanceOf(Date);
  });
});

describe('Erasing personal references', () => {
  it('takes out the reference and what people wrote, and keeps what they decided', async () => {
    const picture = await aPicture();
    const { id, content } = await aDecidedCase(picture);
    await query(
      `INSERT INTO case_note (id, case_id, moderator_id, kind, text) VALUES (gen_random_uuid(), $1, $2, 'escalated', 'Ms Example')`,
      [id, kim.id],
    );
    await query(
      `INSERT INTO appeal (id, content_id, case_id, reason, reference, filed_by, state, decision_id, concluded_at)
       SELECT gen_random_uuid(), $1, $2, 'I am Ms Example', 'ticket-1', gen_random_uuid(), 'upheld', id, now()
       FROM decision WHERE case_id = $2`,
      [content.id, id],
    );
    await query(
      `INSERT INTO golden_case (id, content_id, case_id, queue, verdict, note, made_by, retired_by, retired_at)
       VALUES (gen_random_uuid(), $1, $2, 'sexual', 'block', 'Ms Example herself', $3, $3, now())`,
      [content.id, id, kim.id],
    );
    await query(
      `INSERT INTO idempotency_key (api_key_id, key, request_fingerprint, content_id, status, response)
       VALUES ($1, 'k', '\\x00', $2, 'answered', '{"reference":"user-4711"}')`,
      [randomUUID(), content.id],
    );
    const before = await query('SELECT * FROM verdict WHERE content_id = $1 ORDER BY key', [content.id]);
    expect((await erase(content.id, 'scope=personal')).body).toMatchObject({
      picture: 'untouched',
      withdrawn: 0,
    });
    expect(await isStored(picture.blobKey)).toBe(true);
    const everything = await query(
      `SELECT to_jsonb(content) AS row FROM content WHERE id = $1
       UNION ALL SELECT to_jsonb(decision) FROM decision WHERE case_id = $2
       UNION ALL SELECT to_jsonb(case_note) FROM case_note WHERE case_id = $2
       UNION ALL SELECT to_jsonb(appeal) FROM appeal WHERE content_id = $1
       UNION ALL SELECT to_jsonb(golden_case) FROM golden_case WHERE content_id = $1
       UNION ALL SELECT to_jsonb(idempotency_key) FROM idempotency_key WHERE content_id = $1
       UNION ALL SELECT to_jsonb(webhook_delivery) FROM webhook_delivery WHERE content_id = $1
       UNION ALL SELECT to_jsonb(audit_entry) FROM audit_entry WHERE subject_id IN ($1::text, $2::text)`,
      [content.id, id],
    );
    expect(JSON.stringify(everything)).not.toMatch(/user-4711|Ms Example|ticket-1/);
    expect(await query('SELECT * FROM verdict WHERE content_id = $1 ORDER BY key', [content.id])).toEqual(
      before,
    );
    expect(await query('SELECT verdict, reason FROM decision WHERE case_id = $1', [id])).toEqual([
      { verdict: 'block', reason: 'sexual_explicit' },
    ]);
  });

  it('is not undone by what an event that comes late says', async () => {
    const content = aContent({ ...(await aPicture()), reference: 'user-4711' });
    const ledger = review.app.get(LedgerRepository);
    await ledger.write([entryOf(aFlaggedEvent({ content }))]);
    expect((await erase(content.id, 'scope=personal')).status).toBe(200);
    const late = aRescoredEvent(content, [
      aFastJudgement({ key: 'deep:1', tier: 'deep', verdict: 'review' }),
    ]);
    await ledger.write([entryOf(late)]);
    const told = await query<{ type: string; reference: string | null }>(
      `SELECT type, data->>'reference' AS reference FROM webhook_delivery WHERE content_id = $1`,
      [content.id],
    );
    expect(told).toContainEqual({ type: 'case.opened', reference: null });
    expect(told.filter(({ reference }) => reference !== null)).toEqual([]);
  });

  it('does not wait for a decision', async () => {
    const { id, content } = await aCase().about({ reference: 'user-4711' }).store(review.database.dataSource);
    expect((await erase(content.id, 'scope=personal')).status).toBe(200);
    expect(await caseRow(id)).toMatchObject({ state: 'open' });
    expect(await contentRow(content.id)).toMatchObject({ reference: null });
  });

  it('happens by itself when their time is over, and not before', async () => {
    const aged = async (days: number): Promise<string> => {
      const { content } = await aDecidedCase();
      await query('UPDATE content SET received_at = now() - make_interval(days => $2) WHERE id = $1', [
        content.id,
        days,
      ]);
      return content.id;
    };
    const [old, young] = [await aged(366), await aged(364)];
    const open = await aCase().about({ reference: 'r' }).store(review.database.dataSource);
    await query(`UPDATE content SET received_at = now() - interval '2 years' WHERE id = $1`, [
      open.content.id,
    ]);
    expect(await review.app.get(RetentionService).eraseReferences()).toBe(1);
    expect(await contentRow(old)).toMatchObject({ reference: null, verdict: 'block' });
    expect(await contentRow(young)).toMatchObject({ reference: 'user-4711' });
    expect(await contentRow(open.content.id)).toMatchObject({ reference: 'r' });
    const audited = await query(
      `SELECT actor_kind, details FROM audit_entry WHERE subject_id = $1 AND act = 'content.erased'`,
      [old],
    );
    expect(audited).toEqual([{ actor_kind: 'system', details: { scope: 'personal', because: 'retention' } }]);
    expect(await review.app.get(RetentionService).eraseReferences()).toBe(0);
  });

  it('happens to what people wrote about contents without a reference, too', async () => {
    const written = async (days: number): Promise<{ caseId: string; contentId: string }> => {
      const { id, content } = await aDecidedCase();
      await query('UPDATE content SET reference = NULL WHERE id = $1', [content.id]);
      await query(
        `INSERT INTO case_note (id, case_id, moderator_id, kind, text, at)
         VALUES (gen_random_uuid(), $1, $2, 'escalated', 'Ms Example', now() - make_interval(days => $3))`,
        [id, kim.id, days],
      );
      return { caseId: id, contentId: content.id };
    };
    const [old, young] = [await written(366), await written(364)];
    const appealed = await aDecidedCase();
    await query('UPDATE content SET reference = NULL WHERE id = $1', [appealed.content.id]);
    await query(
      `INSERT INTO appeal (id, content_id, case_id, reason, filed_by, filed_at, state, decision_id, concluded_at)
       SELECT gen_random_uuid(), $1, $2, 'I am Ms Example', gen_random_uuid(), now() - interval '366 days', 'upheld', id,
              now()
       FROM decision WHERE case_id = $2`,
      [appealed.content.id, appealed.id],
    );
    expect(await review.app.get(RetentionService).eraseReferences()).toBe(2);
    const words = await query(
      `SELECT case_id, text FROM case_note WHERE case_id IN ($1, $2)
       UNION ALL SELECT case_id, reason FROM appeal WHERE case_id = $3
       UNION ALL SELECT case_id, note FROM decision WHERE case_id IN ($1, $3) AND note IS NOT NULL`,
      [old.caseId, young.caseId, appealed.id],
    );
    expect(words).toEqual(
      expect.arrayContaining([
        { case_id: young.caseId, text: 'Ms Example' },
        { case_id: appealed.id, text: null },
      ]),
    );
    expect(words).toHaveLength(2);
    expect(await review.app.get(RetentionService).eraseReferences()).toBe(0);
  });
});

describe('Where somebody has yet to decide', () => {
  it('nothing is erased, unless an admin insists: then the case is withdrawn', async () => {
    const picture = await aPicture();
    const held = await aCase().about(picture).leasedBy(kim).store(review.database.dataSource);
    const refused = await erase(held.content.id, 'scope=all');
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict' } });
    expect(await contentRow(held.content.id)).toMatchObject({
      blobKey: picture.blobKey,
      imageErasedAt: null,
    });
    const forced = await erase(held.content.id, 'scope=all&force=true', admin);
    expect(forced).toMatchObject({ status: 200, body: { picture: 'deleted', withdrawn: 1 } });
    expect(await caseRow(held.id)).toMatchObject({ state: 'closed', lease_token: null });
    expect(await contentRow(held.content.id)).toMatchObject({ verdict: 'review', final: true });
    const late = await review.send('POST', `/v1/cases/${held.id}/decision`, {
      headers: kim.headers,
      body: { leaseToken: held.leaseToken, verdict: 'block', reason: 'sexual_explicit' },
    });
    expect(late).toMatchObject({ status: 409 });
  });

  it('an open appeal is withdrawn, and the decision stands', async () => {
    const { id, content } = await aDecidedCase(await aPicture());
    await query(`UPDATE moderation_case SET state = 'appealed', stage = 'appealed' WHERE id = $1`, [id]);
    await query(
      `INSERT INTO appeal (id, content_id, case_id, reason, filed_by) VALUES (gen_random_uuid(), $1, $2, 'why', gen_random_uuid())`,
      [content.id, id],
    );
    for (const scope of ['image', 'personal', 'all'])
      expect((await erase(content.id, `scope=${scope}`)).status).toBe(409);
    expect((await erase(content.id, 'scope=all&force=true', admin)).body).toMatchObject({ withdrawn: 2 });
    expect(await query('SELECT state, reason FROM appeal WHERE content_id = $1', [content.id])).toEqual([
      { state: 'withdrawn', reason: null },
    ]);
    expect(await caseRow(id)).toMatchObject({ state: 'closed' });
    expect(await contentRow(content.id)).toMatchObject({ verdict: 'block', tier: 'human', final: true });
  });

  it('a case that others wait for goes on as theirs', async () => {
    const picture = await aPicture();
    const own = await aCase().about(picture).store(review.database.dataSource);
    const other = await aCase().about(picture).store(review.database.dataSource);
    await query('DELETE FROM undecided_picture WHERE case_id = $1', [other.id]);
    await query('DELETE FROM moderation_case WHERE id = $1', [other.id]);
    await query('INSERT INTO case_content (content_id, case_id) VALUES ($1, $2)', [other.content.id, own.id]);
    expect((await erase(other.content.id, 'scope=image')).status).toBe(409);
    expect((await erase(own.content.id, 'scope=image&force=true', admin)).body).toMatchObject({
      picture: 'shared',
      withdrawn: 1,
    });
    expect(await caseRow(own.id)).toMatchObject({ state: 'open', content_id: other.content.id });
    expect(await query('SELECT 1 FROM case_content WHERE case_id = $1', [own.id])).toEqual([]);
    expect((await erase(other.content.id, 'scope=image&force=true', admin)).body).toMatchObject({
      picture: 'deleted',
    });
    expect(await caseRow(own.id)).toMatchObject({ state: 'closed' });
  });

  it('a case that only contents with cases of their own wait for ends, and they wait for it no more', async () => {
    const picture = await aPicture();
    const { content } = await aDecidedCase(picture);
    const disputed = await aCase().about(picture).waitingAs('escalated').store(review.database.dataSource);
    await query('INSERT INTO case_content (content_id, case_id) VALUES ($1, $2)', [content.id, disputed.id]);
    await query('UPDATE content SET final = false WHERE id = $1', [content.id]);
    expect((await erase(disputed.content.id, 'scope=image&force=true', admin)).body).toMatchObject({
      picture: 'shared',
      withdrawn: 1,
    });
    expect(await caseRow(disputed.id)).toMatchObject({ state: 'closed', content_id: disputed.content.id });
    expect(await contentRow(content.id)).toMatchObject({ verdict: 'block', final: true });
  });

  it('a verdict that models have yet to give is waited for', async () => {
    const { id, content } = await aCase().store(review.database.dataSource);
    await query('DELETE FROM moderation_case WHERE id = $1', [id]);
    await query('UPDATE content SET final = false WHERE id = $1', [content.id]);
    expect((await erase(content.id, 'scope=image')).status).toBe(409);
  });
});

describe('Forgetting a picture', () => {
  it('makes it a new one when it comes again, and keeps no trace of its look', async () => {
    const { content } = await aDecidedCase({ ...(await aPicture()), pdq: 'ab'.repeat(32), pdqQuality: 90 });
    expect((await erase(content.id, 'scope=all&forgetHash=true', admin)).status).toBe(200);
    const known = await query(`SELECT pdq, revoked_at FROM known_content WHERE sha256 = decode($1, 'hex')`, [
      content.sha256,
    ]);
    expect(known).toEqual([{ pdq: null, revoked_at: expect.any(Date) }]);
    expect(await contentRow(content.id)).toMatchObject({ pdq: null });
  });
});

describe('An erasure', () => {
  it('is audited, and told by webhook, without what was erased', async () => {
    const { content } = await aDecidedCase(await aPicture());
    await erase(content.id, 'scope=all');
    const { body } = await review.send<AuditPage>('GET', `/v1/audit?subject=content:${content.id}`, lead);
    expect(body.entries.filter(({ act }) => act === 'content.erased')).toMatchObject([
      {
        actor: { kind: 'moderator', id: lead.id },
        details: { scope: 'all', withdrawn: 0, forgotHash: false },
      },
    ]);
    const told = await query(
      `SELECT data FROM webhook_delivery WHERE content_id = $1 AND type = 'content.erased'`,
      [content.id],
    );
    expect(told).toEqual([{ data: { contentId: content.id, reference: null, scope: 'all' } }]);
  });

  it('is for leads, admins, and services whose key may; what undoes others’ work is for admins', async () => {
    const { content } = await aDecidedCase();
    const senior = await review.signIn({ role: 'senior' });
    expect((await erase(content.id, 'scope=personal', senior)).status).toBe(403);
    expect((await erase(content.id, 'scope=personal', await review.apiKey('content:read'))).status).toBe(403);
    const key = await review.apiKey('content:erase');
    for (const search of ['scope=all&force=true', 'scope=all&forgetHash=true'])
      for (const caller of [lead, key]) expect((await erase(content.id, search, caller)).status).toBe(403);
    expect((await erase(content.id, 'scope=personal', key)).status).toBe(200);
    expect((await erase(content.id, 'scope=all', lead)).body).toMatchObject({ picture: 'none' });
  });

  it.each([
    ['not-a-uuid', 'scope=image', 400],
    [randomUUID(), '', 400],
    [randomUUID(), 'scope=everything', 400],
    [randomUUID(), 'scope=image&forgetHash=true', 400],
    [randomUUID(), 'scope=image&force=maybe', 400],
    [randomUUID(), 'scope=image', 404],
  ])('of %s with %j is answered %i', async (id, search, status) => {
    expect((await erase(id, search, admin)).status).toBe(status);
  });
});

describe('A decision', () => {
  it('loses its note at most: nothing else of it changes', async () => {
    const { id } = await aDecidedCase();
    for (const change of [
      `verdict = 'allow'`,
      `note = 'another'`,
      `note = NULL, reason = 'other'`,
      'decided_at = now()',
    ])
      await expect(query(`UPDATE decision SET ${change} WHERE case_id = $1`, [id])).rejects.toThrow(
        'append-only',
      );
    await query('UPDATE decision SET note = NULL WHERE case_id = $1', [id]);
    await query('UPDATE decision SET note = NULL WHERE case_id = $1', [id]);
  });
});
