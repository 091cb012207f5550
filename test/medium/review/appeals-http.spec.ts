import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { dsaStatementSchema, statementSchema } from '#libs/domain';
import type { AppealPage, AppealView } from '../../../apps/review/src/appeals/appeal.dto.js';
import type { CaseView } from '../../../apps/review/src/cases/case.dto.js';
import type { StatementPage } from '../../../apps/review/src/statements/statement.dto.js';
import { aCase } from '../../builders/case.builder.js';
import { AppealScene } from './appeal-scene.js';
import { TestReview } from './test-review.js';

interface ProblemBody {
  code: string;
  detail: string;
  refusal?: string;
  appealId?: string;
  fields?: { path: string }[];
}
type Person = Awaited<ReturnType<TestReview['signIn']>>;

describe('appeals and statements over HTTP', () => {
  let review: TestReview;
  let scene: AppealScene;
  let service: Awaited<ReturnType<TestReview['apiKey']>>;
  let kim: Person;
  let lee: Person;

  beforeAll(async () => {
    review = await TestReview.start();
    scene = new AppealScene(review.database.dataSource);
    service = await review.apiKey('appeals:write', 'statements:read');
    kim = await review.signIn();
    lee = await review.signIn();
  });
  afterAll(() => review.stop());

  const appeal = <Body = AppealView>(id: string, body: unknown = { reason: 'It is a statue' }) =>
    review.send<Body>('POST', `/v1/content/${id}/appeals`, { body, headers: service.headers });

  it('are received once, and found again by who sends them again', async () => {
    const { content } = await scene.decided(kim);
    const first = await appeal(content.id, { reason: 'It is a statue', reference: 'ticket-9' });
    expect(first.status).toBe(201);
    expect(first.body).toEqual({
      id: expect.any(String),
      contentId: content.id,
      state: 'open',
      reason: 'It is a statue',
      reference: 'ticket-9',
      filedAt: expect.any(String),
      concludedAt: null,
    });
    const again = await appeal(content.id, { reason: 'It is a statue', reference: 'ticket-9' });
    expect([again.status, again.body]).toEqual([200, first.body]);
    const other = await appeal<ProblemBody>(content.id, { reason: 'Something else' });
    expect(other).toMatchObject({
      status: 409,
      body: { code: 'conflict', refusal: 'appeal_open', appealId: first.body.id },
    });
    const listed = await review.send('GET', `/v1/content/${content.id}/appeals`, {
      headers: service.headers,
    });
    expect(listed.body).toEqual({ appeals: [first.body] });
  });

  it.each<[string, unknown, string]>([
    ['no reason', {}, 'reason'],
    ['an empty one', { reason: '' }, 'reason'],
    ['a blank one', { reason: '  \n ' }, 'reason'],
    ['NUL in it', { reason: 'a\0b' }, 'reason'],
    ['half a character', { reason: '\ud800' }, 'reason'],
    ['too long a reason', { reason: 'x'.repeat(4001) }, 'reason'],
    ['a number', { reason: 7 }, 'reason'],
    ['too long a reference', { reason: 'well', reference: 'x'.repeat(513) }, 'reference'],
    ['NUL in the reference', { reason: 'well', reference: 'a\0' }, 'reference'],
  ])('are refused for %s, with the field', async (_, body, path) => {
    const { content } = await scene.decided(kim);
    const refused = await appeal<ProblemBody>(content.id, body);
    expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request', fields: [{ path }] } });
    const { body: listed } = await review.send('GET', `/v1/content/${content.id}/appeals`, {
      headers: service.headers,
    });
    expect(listed).toEqual({ appeals: [] });
  });

  it('are refused for a field that nobody knows, an id that is none, a content that is not there', async () => {
    const { content } = await scene.decided(kim);
    expect(await appeal(content.id, { reason: 'well', verdict: 'allow' })).toMatchObject({ status: 400 });
    expect(await appeal('7')).toMatchObject({ status: 400 });
    expect(await appeal(randomUUID())).toMatchObject({ status: 404, body: { code: 'not_found' } });
    expect(
      await review.send('GET', `/v1/content/${randomUUID()}/appeals`, { headers: service.headers }),
    ).toMatchObject({ status: 404 });
  });

  it('say why a content cannot be appealed', async () => {
    const { content } = await aCase().store(review.database.dataSource);
    const refused = await appeal<ProblemBody>(content.id);
    expect(refused).toMatchObject({ status: 409, body: { code: 'conflict', refusal: 'not_final' } });
    expect(refused.body.detail).toContain('not been decided for good');
  });

  it('show the uploader’s words to who holds the case and to seniors, and to nobody else', async () => {
    const { content, caseId } = await scene.decided(kim);
    await appeal(content.id, { reason: 'It is my own painting' });
    const get = async ({ headers }: Person) =>
      (await review.send<CaseView>('GET', `/v1/cases/${caseId}`, { headers })).body;
    expect((await get(lee)).appeal).toBeNull();
    const noor = await review.signIn({ role: 'senior' });
    expect((await get(noor)).appeal).toMatchObject({ reason: 'It is my own painting' });
    await review.database.dataSource.query(`UPDATE moderation_case SET due_at = '2000-01-01' WHERE id = $1`, [
      caseId,
    ]);
    const held = await scene.claim(lee, ['sexual']);
    expect(held?.caseId).toBe(caseId);
    expect(await get(lee)).toMatchObject({
      state: 'leased',
      appeal: { id: expect.any(String), reason: 'It is my own painting', filedAt: expect.any(String) },
    });
    expect((await get(kim)).lease).toBeNull();
    const decided = await review.send<CaseView>('POST', `/v1/cases/${caseId}/decision`, {
      body: { leaseToken: held!.token, verdict: 'allow', reason: 'not_a_violation' },
      headers: lee.headers,
    });
    expect(decided).toMatchObject({ status: 200, body: { state: 'closed', verdict: 'allow' } });
    expect(
      (
        await review.send<{ appeals: AppealView[] }>('GET', `/v1/content/${content.id}/appeals`, {
          headers: noor.headers,
        })
      ).body.appeals,
    ).toMatchObject([{ state: 'overturned', concludedAt: expect.any(String) }]);
  });

  it('are listed in pages that stay as they are while more come', async () => {
    const noor = await review.signIn({ role: 'senior' });
    const filed: string[] = [];
    const file = async (): Promise<void> => {
      const { content } = await scene.decided(kim);
      filed.push((await appeal(content.id)).body.id);
    };
    for (let count = 0; count < 7; count += 1) await file();
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = `limit=3&state=open${cursor === null ? '' : `&cursor=${cursor}`}`;
      const page = await review.send<AppealPage>('GET', `/v1/appeals?${query}`, { headers: noor.headers });
      expect(page.status).toBe(200);
      seen.push(...page.body.appeals.map(({ id }) => id));
      cursor = page.body.nextCursor;
      if (seen.length === 3) await file();
    } while (cursor !== null);
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(filed.slice(0, 7)));
    expect(seen).not.toContain(filed[7]);
    for (const bad of ['cursor=abc', 'state=lost', 'limit=0', 'limit=1000'])
      expect(await review.send('GET', `/v1/appeals?${bad}`, { headers: noor.headers })).toMatchObject({
        status: 400,
      });
  });

  it('give the statement of a block to its service and to seniors', async () => {
    const { content } = await scene.decided(kim);
    const path = `/v1/content/${content.id}/statement`;
    const { status, body } = await review.send('GET', path, { headers: service.headers });
    expect(status).toBe(200);
    expect(statementSchema.parse(body)).toEqual(body);
    const noor = await review.signIn({ role: 'senior' });
    expect((await review.send('GET', path, { headers: noor.headers })).body).toEqual(body);
    // What others decided would lead whoever looks at the picture next.
    expect(await review.send('GET', path, { headers: lee.headers })).toMatchObject({ status: 403 });
    const { content: allowed } = await scene.decided(kim, {}, 'allow');
    for (const id of [allowed.id, randomUUID()])
      expect(
        await review.send('GET', `/v1/content/${id}/statement`, { headers: service.headers }),
      ).toMatchObject({ status: 404, body: { code: 'not_found' } });
  });

  it('list statements for leads, also as the transparency database takes them', async () => {
    const lead = await review.signIn({ role: 'lead' });
    const { content } = await scene.decided(kim);
    const own = await scene.judged({});
    // As if a minute had passed: lists leave out what was just issued.
    await review.database.dataSource.query('ALTER TABLE statement_of_reasons DISABLE TRIGGER USER');
    await review.database.dataSource.query(
      `UPDATE statement_of_reasons SET issued_at = '2026-02-02' WHERE content_id = ANY ($1)`,
      [[content.id, own.id]],
    );
    await review.database.dataSource.query('ALTER TABLE statement_of_reasons ENABLE TRIGGER USER');
    const list = (query: string) =>
      review.send<StatementPage>(
        'GET',
        `/v1/statements?from=2026-02-01T00:00:00Z&to=2026-02-03T00:00:00Z${query}`,
        {
          headers: lead.headers,
        },
      );
    const full = (await list('')).body;
    expect(full.statements).toHaveLength(2);
    expect(full.nextCursor).toBeNull();
    const dsa = (await list('&format=dsa')).body;
    for (const statement of dsa.statements) dsaStatementSchema.parse(statement);
    expect(dsa.statements.map((each) => 'puid' in each && each.puid)).toEqual(
      full.statements.map((each) => 'id' in each && each.id),
    );
    for (const bad of ['&format=csv', '&limit=101', '&cursor=x'])
      expect(await list(bad)).toMatchObject({ status: 400 });
    expect(
      await review.send('GET', '/v1/statements?from=yesterday', { headers: lead.headers }),
    ).toMatchObject({ status: 400, body: { fields: [{ path: 'from' }] } });
  });
});
