import { createHash, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { blobKeyFor } from '#libs/blobs';
import { type KnownContent, readKnownContent } from '#libs/database';
import type { Content } from '#libs/domain';
import type { CasePage, CaseView } from '../../../apps/review/src/cases/case.dto.js';
import type { ClaimedCase, RenewedLease } from '../../../apps/review/src/cases/lease.dto.js';
import { aCase } from '../../builders/case.builder.js';
import { aContent } from '../../builders/content.builder.js';
import { aFastJudgement } from '../../builders/event.builder.js';
import { eventually } from '../eventually.js';
import { TestReview } from './test-review.js';

interface ProblemBody {
  code: string;
}

const someId = '019b0000-0000-7000-8000-000000000000';

const cursorAt = (time: number): string => Buffer.from(JSON.stringify([time, someId])).toString('base64url');

/** Fine stripes, which a blur must wipe out. */
const stripedPicture = (): Promise<Buffer> =>
  sharp(
    Buffer.from(Array.from({ length: 600 * 400 * 3 }, (_, at) => (Math.floor(at / 3) % 8 < 4 ? 0 : 255))),
    {
      raw: { width: 600, height: 400, channels: 3 },
    },
  )
    .jpeg()
    .toBuffer();

describe('cases over HTTP', () => {
  let review: TestReview;
  let headers: Record<string, string>;
  beforeAll(async () => {
    review = await TestReview.start();
    ({ headers } = await review.signIn());
  });
  afterAll(() => review.stop());

  const get = <Body>(path: string) => review.send<Body>('GET', path, { headers });
  const post = <Body>(path: string, body: unknown) => review.send<Body>('POST', path, { headers, body });

  const rescored = (content: Content) =>
    review.bus.publish('content.rescored', [
      {
        specversion: '1.0',
        id: randomUUID(),
        source: '/sluice/test',
        type: 'sluice.content.rescored.v1',
        subject: content.id,
        time: new Date().toISOString(),
        datacontenttype: 'application/json',
        data: { content, judgements: [aFastJudgement()], audit: null },
      },
    ]);

  it('takes a picture from the bus to a person and to every gateway', async () => {
    const bytes = await stripedPicture();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const content = aContent({
      sha256,
      blobKey: blobKeyFor(sha256),
      reference: 'order 7',
      surface: 'listing',
    });
    await review.blobs.put(content.blobKey!, bytes);
    await rescored(content);

    const claimed = await eventually(async () => {
      const answer = await post<ClaimedCase>('/v1/cases/claim', {});
      expect(answer.status).toBe(200);
      return answer.body;
    });
    expect(claimed.case).toMatchObject({
      state: 'leased',
      verdict: 'review',
      tier: 'deep',
      content: { id: content.id, reference: 'order 7', surface: 'listing' },
      machine: { verdict: 'review', categories: { 'sexual/explicit': { score: 0.6 } } },
    });

    const original = await get(`/v1/cases/${claimed.case.id}/image?rendition=original`);
    expect(original.headers['content-type']).toBe('image/jpeg');
    expect(original.bytes.equals(bytes)).toBe(true);

    const decided = await post<CaseView>(`/v1/cases/${claimed.case.id}/decision`, {
      leaseToken: claimed.lease.token,
      verdict: 'block',
      reason: 'sexual_explicit',
      note: 'clear',
    });
    expect(decided.status).toBe(200);
    expect(decided.body).toMatchObject({
      state: 'decided',
      verdict: 'block',
      tier: 'human',
      lease: null,
      machine: { verdict: 'review' },
      decision: { verdict: 'block', reason: 'sexual_explicit', note: 'clear' },
    });
    expect((await get<CaseView>(`/v1/cases/${claimed.case.id}`)).body).toEqual(decided.body);

    const known: KnownContent[] = [];
    await readKnownContent(review.database.dataSource, undefined, (rows) => known.push(...rows));
    expect(known).toMatchObject([{ sha256, verdict: 'block', caseId: claimed.case.id }]);
  });

  it('shows the picture blurred unless the original is asked for', async () => {
    const bytes = await stripedPicture();
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    await review.blobs.put(blobKeyFor(sha256), bytes);
    const { id } = await aCase()
      .about({ sha256, blobKey: blobKeyFor(sha256) })
      .store(review.database.dataSource);

    const answer = await get(`/v1/cases/${id}/image`);
    expect(answer.headers).toMatchObject({
      'content-type': 'image/webp',
      'cache-control': 'private, no-store',
      'x-content-type-options': 'nosniff',
    });
    /** in the middle: at its edges a blur only has half of what it averages */
    const contrast = async (picture: Buffer): Promise<number> => {
      const middle = await sharp(picture)
        .extract({ left: 100, top: 100, width: 300, height: 140 })
        .png()
        .toBuffer();
      return (await sharp(middle).greyscale().stats()).channels[0]!.stdev;
    };
    expect(await contrast(bytes)).toBeGreaterThan(100);
    expect(await contrast(answer.bytes)).toBeLessThan(1);
    const { width, height } = await sharp(answer.bytes).metadata();
    expect([width, height]).toEqual([512, 341]);
  });

  it('has no picture where the bytes were not kept', async () => {
    const { id } = await aCase().store(review.database.dataSource);
    expect((await get<ProblemBody>(`/v1/cases/${id}/image`)).body.code).toBe('not_found');
  });

  it('renews and releases a lease', async () => {
    await aCase().in('renewals').store(review.database.dataSource);
    const { body: claimed } = await post<ClaimedCase>('/v1/cases/claim', { queue: 'renewals' });
    const leaseToken = claimed.lease.token;
    const renewed = await post<RenewedLease>(`/v1/cases/${claimed.case.id}/renew`, { leaseToken });
    expect(renewed.status).toBe(200);
    expect(renewed.body.lease.expiresAt >= claimed.lease.expiresAt).toBe(true);
    expect((await post(`/v1/cases/${claimed.case.id}/release`, { leaseToken })).status).toBe(204);
    expect((await get<CaseView>(`/v1/cases/${claimed.case.id}`)).body).toMatchObject({
      state: 'open',
      lease: null,
    });
  });

  it('answers 204 when nothing waits', async () => {
    const answer = await post('/v1/cases/claim', { queue: 'nothing-here' });
    expect([answer.status, answer.bytes.length]).toEqual([204, 0]);
  });

  it('answers 409 lease_lost to a decision that comes too late', async () => {
    const { id } = await aCase().in('late').store(review.database.dataSource);
    const { body: claimed } = await post<ClaimedCase>('/v1/cases/claim', { queue: 'late' });
    await review.database.dataSource.query(
      `UPDATE moderation_case SET lease_expires_at = now() - interval '1 second' WHERE id = $1`,
      [id],
    );
    const answer = await post<ProblemBody>(`/v1/cases/${id}/decision`, {
      leaseToken: claimed.lease.token,
      verdict: 'allow',
      reason: 'not_a_violation',
    });
    expect([answer.status, answer.body.code]).toEqual([409, 'lease_lost']);
    expect((await get<CaseView>(`/v1/cases/${id}`)).body.decision).toBeNull();
  });

  it('never shows a lease’s token to others', async () => {
    await aCase().in('secret').store(review.database.dataSource);
    const { body: claimed } = await post<ClaimedCase>('/v1/cases/claim', { queue: 'secret' });
    const others = await review.signIn();
    for (const path of [`/v1/cases/${claimed.case.id}`, '/v1/cases?queue=secret']) {
      const answer = await review.send('GET', path, { headers: others.headers });
      expect(JSON.stringify(answer.body)).not.toContain(claimed.lease.token);
    }
  });

  it('pages through a queue by urgency, each case once', async () => {
    const days = ['03', '01', '05', '02', '04', '02'];
    const stored = await Promise.all(
      days.map((day) =>
        aCase().in('pages').dueAt(`2026-05-${day}T00:00:00.123Z`).store(review.database.dataSource),
      ),
    );
    const seen: CaseView[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const { body }: { body: CasePage } = await get(
        `/v1/cases?queue=pages&limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...body.cases);
      cursor = body.nextCursor;
    }
    expect(seen.map(({ dueAt }) => String(dueAt).slice(8, 10))).toEqual([...days].sort());
    expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(stored.map(({ id }) => id)));
  });

  it('lists decided cases by themselves', async () => {
    await aCase().in('listed').store(review.database.dataSource);
    const { body: claimed } = await post<ClaimedCase>('/v1/cases/claim', { queue: 'listed' });
    const decision = { leaseToken: claimed.lease.token, verdict: 'allow', reason: 'not_a_violation' };
    await post(`/v1/cases/${claimed.case.id}/decision`, decision);
    const idsOf = async (query: string) =>
      (await get<CasePage>(`/v1/cases?queue=listed${query}`)).body.cases.map(({ id }) => id);
    expect(await idsOf('&state=decided')).toEqual([claimed.case.id]);
    expect(await idsOf('')).toEqual([]);
  });

  it.each([
    ['GET', '/v1/cases?state=odd', undefined],
    ['GET', '/v1/cases?cursor=invented', undefined],
    ['GET', `/v1/cases?cursor=${cursorAt(8_640_000_000_000_001)}`, undefined],
    ['GET', `/v1/cases?cursor=${cursorAt(-8_640_000_000_000_000)}`, undefined],
    ['GET', '/v1/cases/not-an-id', undefined],
    ['GET', `/v1/cases/${someId}/image?rendition=huge`, undefined],
    ['POST', '/v1/cases/claim', { queue: '../etc' }],
    ['POST', `/v1/cases/${someId}/decision`, { leaseToken: someId, verdict: 'review', reason: 'spam' }],
    ['POST', `/v1/cases/${someId}/decision`, { leaseToken: 'x', verdict: 'block', reason: 'spam' }],
    ['POST', `/v1/cases/${someId}/decision`, { leaseToken: someId, verdict: 'block', reason: 'No!' }],
    [
      'POST',
      `/v1/cases/${someId}/decision`,
      { leaseToken: someId, verdict: 'block', reason: 'spam', note: 'a\0b' },
    ],
  ] as const)('refuses %s %s %j as invalid', async (method, path, body) => {
    const answer = await review.send<ProblemBody>(method, path, { headers, body });
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
  });

  it('knows no case that was never opened', async () => {
    const answer = await get<ProblemBody>(`/v1/cases/${randomUUID()}`);
    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  });

  it('counts what waits, by queue, for the metrics', async () => {
    await aCase().in('counted').dueAt('2999-01-01T00:00:00Z').store(review.database.dataSource);
    await aCase().in('counted').store(review.database.dataSource);
    const metrics = (await get('/metrics')).bytes.toString();
    expect(metrics).toContain('sluice_cases_waiting{queue="counted",overdue="false"} 1');
    expect(metrics).toContain('sluice_cases_waiting{queue="counted",overdue="true"} 1');
  });

  it('describes every route in OpenAPI', async () => {
    const { body } = await get<{ paths: Record<string, unknown> }>('/docs/json');
    expect(Object.keys(body.paths)).toEqual(
      expect.arrayContaining([
        '/v1/session',
        '/v1/me',
        '/v1/cases',
        '/v1/cases/claim',
        '/v1/cases/{id}',
        '/v1/cases/{id}/image',
        '/v1/cases/{id}/renew',
        '/v1/cases/{id}/release',
        '/v1/cases/{id}/decision',
      ]),
    );
  });
});
