import { randomUUID } from 'node:crypto';
import type { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { ContentEmbeddingEntity } from '#libs/database';
import type { Content, Embedding } from '#libs/domain';
import type { CaseView } from '../../../apps/review/src/cases/case.dto.js';
import { RetentionService } from '../../../apps/review/src/erasure/retention.service.js';
import { entryOf, mergeByContent } from '../../../apps/review/src/ledger/ledger-entry.js';
import { LedgerRepository } from '../../../apps/review/src/ledger/ledger.repository.js';
import type { SimilarView } from '../../../apps/review/src/cases/similar/similar.dto.js';
import { SimilarService } from '../../../apps/review/src/cases/similar/similar.service.js';
import { aCase, type CaseBuilder, type StoredCase } from '../../builders/case.builder.js';
import { aContent } from '../../builders/content.builder.js';
import { anEmbedding, atAngle } from '../../builders/embedding.builder.js';
import { aFastJudgement, aRescoredEvent } from '../../builders/event.builder.js';
import { eventually } from '../eventually.js';
import { TestReview } from './test-review.js';

type Person = Awaited<ReturnType<TestReview['signIn']>>;
interface ProblemBody {
  code: string;
  refusal?: string;
}

let review: TestReview;
let kim: Person;
let lee: Person;
let senior: Person;
let lead: Person;
/** Embeddings of one test are compared with none of another. */
let version: string;
beforeAll(async () => {
  review = await TestReview.start();
  [kim, lee] = [await review.signIn(), await review.signIn()];
  senior = await review.signIn({ role: 'senior' });
  lead = await review.signIn({ role: 'lead' });
});
afterAll(() => review.stop());
beforeEach(() => {
  version = randomUUID();
});

const query = <Row = Record<string, unknown>>(sql: string, parameters: unknown[] = []): Promise<Row[]> =>
  review.database.dataSource.query(sql, parameters);

const recorded = async (content: Content, embedding?: Embedding): Promise<void> => {
  const event = aRescoredEvent(content, [aFastJudgement()]);
  const entry = entryOf({ ...event, data: { ...event.data, ...(embedding && { embedding }) } });
  await review.app.get(LedgerRepository).write(mergeByContent([entry]));
};
const embed = (contentId: string, { model, version: of, values }: Embedding) =>
  query(
    `INSERT INTO content_embedding (content_id, model, version, vector) VALUES ($1, $2, $3, decode($4, 'base64'))`,
    [contentId, model, of, values],
  );

/** A case about a picture at an angle. */
const at = async (degrees: number, builder: CaseBuilder = aCase()): Promise<StoredCase> => {
  const stored = await builder.store(review.database.dataSource);
  await embed(stored.content.id, atAngle(degrees, { version }));
  return stored;
};
const decidedBy = async (person: Person, degrees: number, verdict: 'allow' | 'block' = 'block') => {
  const stored = await at(degrees, aCase().leasedBy(person));
  const body = {
    leaseToken: stored.leaseToken,
    verdict,
    reason: verdict === 'block' ? 'spam' : 'not_a_violation',
  };
  const answer = await review.send('POST', `/v1/cases/${stored.id}/decision`, { ...person, body });
  expect(answer.status).toBe(200);
  return stored;
};
const similarTo = (id: string, { headers }: Person, search = '') =>
  review.send<SimilarView & ProblemBody>('GET', `/v1/content/${id}/similar${search}`, { headers });
const idsOf = ({ body }: { body: SimilarView }): string[] => body.similar.map(({ content }) => content.id);
const shownId = async (id: string, { headers }: Person): Promise<string> =>
  (await review.send<CaseView>('GET', `/v1/cases/${id}`, { headers })).body.content.id;

/** A case about the picture of another content, as quality makes them. */
const aLookAt = async (
  { content }: StoredCase,
  kind: 'second' | 'golden',
  forWhom: Person,
): Promise<string> => {
  const id = randomUUID();
  await query(
    `INSERT INTO moderation_case (id, content_id, kind, queue, due_at, state, lease_token, lease_holder_id,
                                  lease_expires_at, reserved_for)
     VALUES ($1, $2, $3, 'sexual', now(), 'leased', $4, $5, now() + interval '1 hour', $6)`,
    [id, content.id, kind, randomUUID(), forWhom.id, kind === 'golden' ? forWhom.id : null],
  );
  return id;
};

describe('What a picture is like', () => {
  it('is stored once with its content, in half precision', async () => {
    const content = aContent();
    const embedding = atAngle(60, { version });
    await recorded(content, embedding);
    await recorded(content, atAngle(10, { version: 'later' }));
    const stored = await review.database.dataSource.getRepository(ContentEmbeddingEntity).findOneByOrFail({
      contentId: content.id,
    });
    expect(stored).toMatchObject({
      model: embedding.model,
      version,
      vector: Buffer.from(embedding.values, 'base64'),
    });
  });

  it('that was cut off is not stored, and keeps no case from a person', async () => {
    const content = aContent();
    await recorded(content, { model: 'm', version, values: Buffer.alloc(3).toString('base64') });
    expect(await query('SELECT 1 FROM content_embedding WHERE content_id = $1', [content.id])).toEqual([]);
    expect(await query('SELECT 1 FROM moderation_case WHERE content_id = $1', [content.id])).toHaveLength(1);
  });
});

describe('Similar contents', () => {
  it('are the nearest by cosine of the same model, as many and as near as was asked, told to a senior whole', async () => {
    const origin = await decidedBy(kim, 0);
    const [near, far, farther] = [await decidedBy(lee, 10), await decidedBy(kim, 40, 'allow'), await at(100)];
    const other = await at(1);
    await query('UPDATE content_embedding SET model = $2 WHERE content_id = $1', [
      other.content.id,
      'another',
    ]);
    const found = await similarTo(origin.content.id, senior, '?minSimilarity=0.5');
    expect(found.status).toBe(200);
    expect(found.body).toEqual({
      contentId: origin.content.id,
      minSimilarity: 0.5,
      searched: 4,
      of: 4,
      similar: [
        {
          content: {
            id: near.content.id,
            mediaType: 'image/jpeg',
            width: 500,
            height: 375,
            surface: 'default',
            receivedAt: near.content.receivedAt,
          },
          similarity: expect.closeTo(Math.cos(Math.PI / 18), 2),
          caseId: near.id,
          verdict: 'block',
          tier: 'human',
          decision: expect.objectContaining({ moderatorId: lee.id, verdict: 'block', reason: 'spam' }),
        },
        expect.objectContaining({ caseId: far.id, verdict: 'allow' }),
      ],
    });
    expect(idsOf(await similarTo(origin.content.id, senior))).toEqual([near.content.id]);
    expect(idsOf(await similarTo(origin.content.id, senior, '?minSimilarity=0&limit=1'))).toEqual([
      near.content.id,
    ]);
    expect(idsOf(await similarTo(near.content.id, senior, '?minSimilarity=0'))).toEqual(
      [origin, far, farther].map(({ content }) => content.id),
    );
  });

  it('are searched among those that came or went since the last search', async () => {
    const origin = await at(0);
    expect((await similarTo(origin.content.id, kim)).body).toMatchObject({ searched: 1, of: 1, similar: [] });
    const near = await at(5);
    expect(idsOf(await similarTo(origin.content.id, kim))).toEqual([near.content.id]);
    const erased = await review.send(
      'DELETE',
      `/v1/content/${near.content.id}?scope=image&force=true`,
      await review.signIn({ role: 'admin' }),
    );
    expect(erased.status).toBe(200);
    expect((await similarTo(origin.content.id, kim)).body).toMatchObject({ searched: 1, of: 1, similar: [] });
  });

  it('are found again when the thread that searches has died', async () => {
    const [origin, near] = [await at(0), await at(5)];
    expect(idsOf(await similarTo(origin.content.id, kim))).toEqual([near.content.id]);
    const exact = Reflect.get(review.app.get(SimilarService), 'exact') as { thread: Worker };
    await exact.thread.terminate();
    await eventually(async () =>
      expect(idsOf(await similarTo(origin.content.id, kim))).toEqual([near.content.id]),
    );
  });

  it('are one of each picture: of those with the same bytes the latest', async () => {
    const origin = await decidedBy(kim, 0);
    const sha256 = aContent().sha256;
    const [older, newer] = ['2026-01-01T00:00:00.000Z', '2026-01-02T00:00:00.000Z'];
    await at(5, aCase().about({ sha256, receivedAt: older }));
    const last = await at(5, aCase().about({ sha256, receivedAt: newer }));
    expect(idsOf(await similarTo(origin.content.id, senior))).toEqual([last.content.id]);
  });

  it('are searched among the latest where memory does not hold all, which is told', async () => {
    const small = await TestReview.start({ SIMILAR_MEMORY_MB: '1' }, { beside: review });
    try {
      const origin = await at(0);
      const numbers = [1, ...Array.from({ length: 1279 }, () => 0)];
      const { values } = anEmbedding(numbers);
      await query(
        `WITH made AS (
           INSERT INTO content (id, sha256, media_type, width, height, bytes, surface, api_key_id, received_at)
           SELECT gen_random_uuid(), sha256(n::text::bytea), 'image/jpeg', 1, 1, 1, 'default', gen_random_uuid(), now()
           FROM generate_series(1, 500) AS n RETURNING id)
         INSERT INTO content_embedding (content_id, model, version, vector)
         SELECT id, 'efficientnet-lite0', $1, decode($2, 'base64') FROM made`,
        [version, values],
      );
      const { body } = await small.send<SimilarView>(
        'GET',
        `/v1/content/${origin.content.id}/similar`,
        senior,
      );
      expect(body.of).toBe(501);
      expect(body.searched).toBeGreaterThan(200);
      expect(body.searched).toBeLessThan(500);
    } finally {
      await small.stop();
    }
  });

  it('of a content that nobody shows the viewer are not there', async () => {
    await query(
      `INSERT INTO queue (name, title, position, minimum_role) VALUES ('quiet', 'Quiet', 99, 'lead')`,
    );
    const hidden = await at(0, aCase().in('quiet'));
    expect((await similarTo(hidden.content.id, kim)).status).toBe(404);
    expect((await similarTo(hidden.content.id, senior)).status).toBe(200);
    for (const person of [kim, senior])
      expect((await similarTo(randomUUID(), person)).body).toMatchObject({ code: 'not_found' });
    expect((await similarTo(hidden.content.id, senior, '?minSimilarity=2')).body.code).toBe(
      'invalid_request',
    );
    expect((await similarTo(hidden.content.id, senior, '?limit=51')).body.code).toBe('invalid_request');
  });

  it('name a case only where the viewer may see it', async () => {
    const [origin, quiet] = [await decidedBy(kim, 0), await at(3, aCase().in('quiet'))];
    const [found] = (await similarTo(origin.content.id, kim)).body.similar;
    expect(found).toMatchObject({ content: { id: quiet.content.id }, caseId: null });
    const [known] = (await similarTo(origin.content.id, lead)).body.similar;
    expect(known).toMatchObject({ caseId: quiet.id });
  });
});

describe('Until a case is decided, what is similar', () => {
  it('tells a moderator nothing of what others decided, and what they decided themselves', async () => {
    const origin = await at(0);
    await decidedBy(lee, 5);
    const own = await decidedBy(kim, 10);
    const { similar } = (await similarTo(origin.content.id, kim)).body;
    expect(similar).toMatchObject([
      { verdict: null, tier: null, decision: null },
      { caseId: own.id, verdict: 'block', tier: 'human', decision: { moderatorId: kim.id } },
    ]);
  });

  it('tells a senior no more, and everything afterwards; a moderator never', async () => {
    const origin = await at(0, aCase().leasedBy(kim));
    await decidedBy(lee, 5);
    const nothing = { verdict: null, tier: null, decision: null };
    for (const person of [kim, senior])
      expect((await similarTo(origin.content.id, person, '?minSimilarity=0')).body).toMatchObject({
        minSimilarity: 0.9,
        similar: [nothing],
      });
    const body = { leaseToken: origin.leaseToken, verdict: 'block', reason: 'spam' };
    await review.send('POST', `/v1/cases/${origin.id}/decision`, { ...kim, body });
    expect((await similarTo(origin.content.id, senior, '?minSimilarity=0')).body).toMatchObject({
      minSimilarity: 0,
      similar: [{ verdict: 'block', tier: 'human', decision: { moderatorId: lee.id } }],
    });
    expect((await similarTo(origin.content.id, kim)).body.similar).toMatchObject([nothing]);
  });

  it.each(['second', 'golden'] as const)(
    'of a %s look is that of any other case, under the id that it shows',
    async (kind) => {
      const original = await decidedBy(kim, 0);
      await at(0, aCase().about({ sha256: original.content.sha256 }));
      const near = await decidedBy(kim, 5);
      const look = await aLookAt(original, kind, lee);
      const ordinary = await at(0, aCase().leasedBy(lee));

      const id = await shownId(look, lee);
      expect(id).not.toBe(original.content.id);
      const [asLook, asOrdinary] = [await similarTo(id, lee), await similarTo(ordinary.content.id, lee)];
      expect(asLook.status).toBe(200);
      expect(asLook.body.contentId).toBe(id);
      expect(Object.keys(asLook.body)).toEqual(Object.keys(asOrdinary.body));
      // Neither the original nor what has its bytes; the ordinary case is as near.
      expect(idsOf(asLook)).toEqual([ordinary.content.id, near.content.id]);
      expect(JSON.stringify(asLook.body)).not.toMatch(/human|"block"|"reason"/);
      expect(JSON.stringify(asLook.body)).not.toContain(original.content.id);
      // It is nobody else's to ask about.
      if (kind === 'golden') expect((await similarTo(id, senior)).status).toBe(404);
    },
  );

  it('leaves out the same picture, which would tell that the case is not its first', async () => {
    const origin = await at(0);
    const again = await at(0, aCase().about({ sha256: origin.content.sha256 }));
    const near = await at(5);
    expect(idsOf(await similarTo(origin.content.id, senior))).toEqual([near.content.id]);
    await query(`UPDATE moderation_case SET state = 'decided', decided_at = now() WHERE id = $1`, [
      origin.id,
    ]);
    expect(idsOf(await similarTo(origin.content.id, kim))).toEqual([near.content.id]);
    expect(idsOf(await similarTo(origin.content.id, senior))).toEqual([again.content.id, near.content.id]);
  });

  it('does not tell that a picture has no embedding', async () => {
    const ordinary = await at(0);
    const sample = await aCase().asAuditSample().store(review.database.dataSource);
    const [asOrdinary, asSample] = [
      await similarTo(ordinary.content.id, kim),
      await similarTo(sample.content.id, kim),
    ];
    expect(asSample.status).toBe(200);
    expect({ ...asSample.body, contentId: '' }).toEqual({ ...asOrdinary.body, contentId: '' });
    await query(`UPDATE moderation_case SET state = 'decided', decided_at = now() WHERE id = $1`, [
      sample.id,
    ]);
    expect((await similarTo(sample.content.id, kim)).status).toBe(200);
    expect(await similarTo(sample.content.id, senior)).toMatchObject({
      status: 409,
      body: { code: 'conflict', refusal: 'no_embedding' },
    });
  });
});

describe('Erasing what a picture is like', () => {
  const vectorOf = async (contentId: string) =>
    (
      await query<{ vector: Buffer | null }>('SELECT vector FROM content_embedding WHERE content_id = $1', [
        contentId,
      ])
    )[0]?.vector;

  it.each([
    ['image', null],
    ['all', null],
    ['personal', expect.any(Buffer)],
  ])('with scope=%s', async (scope, expected) => {
    const { content } = await decidedBy(kim, 0);
    const { status } = await review.send('DELETE', `/v1/content/${content.id}?scope=${scope}`, lead);
    expect(status).toBe(200);
    expect(await vectorOf(content.id)).toEqual(expected);
    await recorded(content, atAngle(0, { version }));
    expect(await vectorOf(content.id)).toEqual(expected);
    if (expected === null)
      expect((await similarTo(content.id, senior)).body).toMatchObject({
        code: 'conflict',
        refusal: 'erased',
      });
  });

  it('does not let a late event bring what was erased before it came', async () => {
    const { content } = await decidedBy(kim, 0);
    const late = await aCase().store(review.database.dataSource);
    await query('UPDATE content SET image_erased_at = now(), settled = true WHERE id = $1', [
      late.content.id,
    ]);
    await recorded(late.content, atAngle(0, { version }));
    expect(await vectorOf(late.content.id)).toBeUndefined();
    expect(await vectorOf(content.id)).toEqual(expect.any(Buffer));
  });

  it('happens by itself when the policy keeps the picture no longer, and is audited', async () => {
    const [allowed, blocked] = [await decidedBy(kim, 0, 'allow'), await decidedBy(kim, 0)];
    const days = (id: string, count: number) =>
      query(
        `WITH old AS (UPDATE content SET updated_at = now() - make_interval(days => $2) WHERE id = $1)
         UPDATE content_embedding SET created_at = now() - make_interval(days => $2) WHERE content_id = $1`,
        [id, count],
      );
    await days(allowed.content.id, 31);
    await days(blocked.content.id, 31);
    const retention = review.app.get(RetentionService);
    expect(await retention.eraseEmbeddings()).toBe(1);
    expect(await vectorOf(allowed.content.id)).toBeNull();
    expect(await vectorOf(blocked.content.id)).toEqual(expect.any(Buffer));
    await days(blocked.content.id, 201);
    expect(await retention.eraseEmbeddings()).toBe(1);
    expect(await query(`SELECT details FROM audit_entry WHERE act = 'embeddings.erased'`)).toEqual([
      { details: { count: 1 } },
      { details: { count: 1 } },
    ]);
  });
});
