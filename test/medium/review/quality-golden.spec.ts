import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ModerationCaseEntity, QualityLookEntity } from '#libs/database';
import { timeOfId } from '#libs/platform';
import type { CasePage, CaseView } from '../../../apps/review/src/cases/case.dto.js';
import type { ClaimedCase } from '../../../apps/review/src/cases/lease.dto.js';
import type { GoldenPage, GoldenView } from '../../../apps/review/src/quality/golden.dto.js';
import { GoldenMixerService } from '../../../apps/review/src/quality/golden-mixer.service.js';
import { GoldenMixingRepository } from '../../../apps/review/src/quality/golden-mixing.repository.js';
import { QualityUpkeepRepository } from '../../../apps/review/src/quality/quality-upkeep.repository.js';
import { aCase, type StoredCase } from '../../builders/case.builder.js';
import { rowsOfCase } from './rows-of-case.js';
import { TestReview } from './test-review.js';

type Person = Awaited<ReturnType<TestReview['signIn']>>;
const rate = 0.2;

describe('golden cases', () => {
  let review: TestReview;
  let lead: Person;
  /** who decides what becomes golden */
  let decider: Person;
  beforeAll(async () => {
    review = await TestReview.start({ GOLDEN_RATE: String(rate) });
    lead = await review.signIn({ role: 'lead' });
    decider = await review.signIn();
  });
  afterAll(() => review.stop());

  const post = <Body>(path: string, body: unknown, { headers }: Person) =>
    review.send<Body>('POST', path, { headers, body });
  const repository = <Entity extends ModerationCaseEntity | QualityLookEntity>(entity: new () => Entity) =>
    review.database.dataSource.getRepository(entity);
  const golden = (person: Person) => repository(ModerationCaseEntity).findBy({ reservedFor: person.id });
  const mixing = () => review.app.get(GoldenMixingRepository);

  const claim = async (person: Person, queue: string): Promise<ClaimedCase | undefined> => {
    const { status, body } = await post<ClaimedCase>('/v1/cases/claim', { queue }, person);
    await review.app.get(GoldenMixerService).settled();
    return status === 200 ? body : undefined;
  };
  const decide = async (
    { case: { id }, lease: { token } }: ClaimedCase,
    person: Person,
    verdict = 'block',
  ) => {
    const reason = verdict === 'block' ? 'spam' : 'not_a_violation';
    const answer = await post<CaseView>(
      `/v1/cases/${id}/decision`,
      { leaseToken: token, verdict, reason },
      person,
    );
    expect(answer.status).toBe(200);
    return answer.body;
  };
  /** received some time ago, as what waits in a queue was */
  const store = async (queue: string, minutesAgo = 40): Promise<StoredCase> => {
    const blobKey = `blob-${Math.random()}`;
    const stored = await aCase().in(queue).about({ blobKey }).store(review.database.dataSource);
    await review.database.dataSource.query(
      `UPDATE moderation_case SET created_at = now() - make_interval(secs => $2),
              due_at = now() - make_interval(secs => $2) + interval '1 hour' WHERE id = $1`,
      [stored.id, minutesAgo * 60],
    );
    return stored;
  };
  /** decided by somebody, and made golden by the lead */
  const makeGolden = async (
    queue: string,
    verdict: 'allow' | 'block' = 'block',
  ): Promise<GoldenView & StoredCase> => {
    const stored = await store(queue);
    await review.database.dataSource.query(`UPDATE moderation_case SET due_at = '2020-01-01' WHERE id = $1`, [
      stored.id,
    ]);
    const claimed = await claim(decider, queue);
    expect(claimed!.case.id).toBe(stored.id);
    await decide(claimed!, decider);
    const body = { caseId: stored.id, verdict, note: 'A known example' };
    const made = await post<GoldenView>('/v1/golden', body, lead);
    expect(made).toMatchObject({ status: 201, body: { verdict, queue, looks: 0, hasPicture: true } });
    return { ...stored, ...made.body };
  };

  it('are made by leads from decided cases, once a picture, and retired', async () => {
    const made = await makeGolden('made');
    expect(made).toMatchObject({ category: 'sexual/explicit', madeBy: lead.id, retiredAt: null });
    const again = { caseId: made.caseId, verdict: 'block', note: 'again' };
    expect(await post('/v1/golden', again, lead)).toMatchObject({
      status: 409,
      body: { refusal: 'is_golden' },
    });
    const undecided = await store('made');
    expect(await post('/v1/golden', { ...again, caseId: undecided.id }, lead)).toMatchObject({
      status: 409,
      body: { refusal: 'not_decided' },
    });
    const { body: page } = await review.send<GoldenPage>('GET', '/v1/golden?retired=false', lead);
    expect(page.golden.map(({ id }) => id)).toContain(made.id);

    const retired = await post(`/v1/golden/${made.id}/retire`, { reason: 'disputable' }, lead);
    expect(retired).toMatchObject({ status: 200, body: { retiredBy: lead.id } });
    expect((await post('/v1/golden', again, lead)).status).toBe(201);
    const acts: { act: string; details: unknown }[] = await review.database.dataSource.query(
      'SELECT act, details FROM audit_entry WHERE subject_id = $1 ORDER BY id',
      [made.id],
    );
    expect(acts.map(({ act }) => act)).toEqual(['golden.created', 'golden.retired']);
    // It is about a picture, and may be erased one day; the audit may not.
    expect(JSON.stringify(acts)).not.toContain('A known example');
  });

  it('come at about the configured rate, none twice, and never to who knows the picture', async () => {
    const kim = await review.signIn();
    const cases = 120;
    const set = 45;
    const made: (GoldenView & StoredCase)[] = [];
    for (let at = 0; at < set; at += 1) made.push(await makeGolden('mixed'));
    // One of them is kim's own decision: it would be no test.
    await review.database.dataSource.query('UPDATE case_exclusion SET moderator_id = $2 WHERE case_id = $1', [
      made[0]!.caseId,
      kim.id,
    ]);
    for (let at = 0; at < cases; at += 1) await store('mixed', 100 - at / 3);
    let claims = 0;
    for (let claimed = await claim(kim, 'mixed'); claimed; claimed = await claim(kim, 'mixed')) {
      claims += 1;
      if (claims % 3 === 0) await decide(claimed, kim);
    }
    const given = (await golden(kim)).filter(({ leasedAt }) => leasedAt !== null);
    expect(claims).toBe(cases + given.length);
    // Binomial: 30 expected of 150, standard deviation 4.9; beyond five of these lies one run in a million.
    expect(Math.abs(given.length - claims * rate)).toBeLessThan(25);
    expect(given.length).toBeGreaterThan(0);
    const contents = given.map(({ contentId }) => contentId);
    expect(new Set(contents).size).toBe(contents.length);
    expect(contents).not.toContain(made[0]!.contentId);
  });

  /** one golden case before a person, among others */
  const mixed = async (queue: string, person: Person, verdict: 'allow' | 'block' = 'block') => {
    const made = await makeGolden(queue, verdict);
    const others = [await store(queue), await store(queue, 35), await store(queue, 30)];
    expect(await mixing().prepare({ moderatorId: person.id, queue }, 0.5)).toBe(true);
    const [row] = await golden(person);
    return { made, others, row: row! };
  };
  const claimAll = async (person: Person, queue: string): Promise<ClaimedCase[]> => {
    const all: ClaimedCase[] = [];
    for (let next = await claim(person, queue); next; next = await claim(person, queue)) all.push(next);
    return all;
  };
  const shapeOf = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(shapeOf);
    if (value === null || typeof value !== 'object') return value === null ? null : typeof value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, shapeOf(each)]));
  };

  it('cannot be told from the cases around them, in an answer or by its times and ids', async () => {
    const kim = await review.signIn();
    const { row, made, others } = await mixed('alike', kim);
    const all = await claimAll(kim, 'alike');
    expect(all.map(({ case: { id } }) => id).sort()).toEqual([row.id, ...others.map(({ id }) => id)].sort());
    const own = all.find(({ case: { id } }) => id === row.id)!;
    for (const other of all) expect(shapeOf(own)).toEqual(shapeOf(other));
    const { case: view } = own;
    expect(view.content.id).not.toBe(made.contentId);
    const [created, due, received] = [view.createdAt, view.dueAt, view.content.receivedAt].map(
      Date.parse,
    ) as [number, number, number];
    // As if it had come with the others: a case is made when it comes, is due later, and is about what came before it.
    expect(Math.abs(timeOfId(view.id)! - created)).toBeLessThan(1000);
    expect(Math.abs(timeOfId(view.content.id)! - received)).toBeLessThan(1000);
    expect(created).toBeLessThan(due);
    expect(created).toBeLessThan(Date.now());
    expect(received).toBeLessThan(created);
    expect(Date.now() - created).toBeGreaterThan(29 * 60_000);
    // Nothing else that a moderator may ask answers otherwise for one than for the other.
    for (const path of ['alike', 'image', 'image?rendition=original'])
      expect((await review.send('GET', `/v1/cases/${view.id}/${path}`, kim)).status).toBe(
        (await review.send('GET', `/v1/cases/${others[0]!.id}/${path}`, kim)).status,
      );
    for (const path of ['appeals', 'statement'])
      for (const { id } of [view.content, others[0]!.content])
        expect((await review.send('GET', `/v1/content/${id}/${path}`, kim)).status).toBe(403);

    const [decidedGolden, decidedOther] = [
      await decide(own, kim),
      await decide(
        all.find((x) => x !== own)!,
        kim,
      ),
    ];
    expect(shapeOf(decidedGolden)).toEqual(shapeOf(decidedOther));
    expect(decidedGolden).toMatchObject({ state: 'decided', verdict: 'block', tier: 'human' });
  });

  it('are nobody else’s: neither given to others, nor listed or counted for them', async () => {
    const [kim, lee] = [await review.signIn(), await review.signIn()];
    const { row, others } = await mixed('reserved', kim);
    const list = async (person: Person) =>
      (await review.send<CasePage>('GET', '/v1/cases?queue=reserved', person)).body.cases.map(({ id }) => id);
    expect(await list(lee)).toHaveLength(others.length);
    expect(await list(kim)).toContain(row.id);
    const given = await claimAll(lee, 'reserved');
    expect(given.map(({ case: { id } }) => id)).not.toContain(row.id);
    expect((await claimAll(kim, 'reserved')).map(({ case: { id } }) => id)).toEqual([row.id]);
  });

  it('change no verdict, no known picture and tell nobody, whatever is decided on them', async () => {
    const kim = await review.signIn();
    const { row, made } = await mixed('inert', kim, 'block');
    const before = await rowsOfCase(review.database.dataSource, { id: made.caseId, content: made.content });
    const deliveries = (): Promise<unknown> =>
      review.database.dataSource.query('SELECT count(*) FROM webhook_delivery');
    const statements = (): Promise<unknown> =>
      review.database.dataSource.query('SELECT count(*) FROM statement_of_reasons');
    const [toldBefore, statedBefore] = [await deliveries(), await statements()];
    const own = (await claimAll(kim, 'inert')).find(({ case: { id } }) => id === row.id)!;
    await decide(own, kim, 'allow');
    expect(await rowsOfCase(review.database.dataSource, { id: made.caseId, content: made.content })).toEqual(
      before,
    );
    expect([await deliveries(), await statements()]).toEqual([toldBefore, statedBefore]);
    expect(await repository(QualityLookEntity).findOneByOrFail({ caseId: row.id })).toMatchObject({
      moderatorId: kim.id,
      expected: 'block',
      verdict: 'allow',
    });
    const { body } = await review.send<GoldenPage>('GET', '/v1/golden', lead);
    expect(body.golden.find(({ id }) => id === made.id)).toMatchObject({ looks: 1, right: 0 });
  });

  it('are given once, however many prepare them at a time', async () => {
    const kim = await review.signIn();
    await makeGolden('race');
    await store('race');
    const prepared = await Promise.all(
      Array.from({ length: 8 }, () => mixing().prepare({ moderatorId: kim.id, queue: 'race' }, 0.5)),
    );
    expect(prepared.filter(Boolean)).toHaveLength(1);
    expect(await golden(kim)).toHaveLength(1);
  });

  it('are withdrawn when their person does not come, or gave them up, and leave no trace where they were not seen', async () => {
    const kim = await review.signIn();
    const upkeep = review.app.get(QualityUpkeepRepository);
    const unseen = await mixed('unseen', kim);
    await upkeep.withdraw();
    expect(await golden(kim)).toHaveLength(1);
    await review.database.dataSource.query(
      `UPDATE quality_look SET prepared_at = now() - interval '2 hours' WHERE case_id = $1`,
      [unseen.row.id],
    );
    await upkeep.withdraw();
    expect(await golden(kim)).toEqual([]);
    expect(await mixing().prepare({ moderatorId: kim.id, queue: 'unseen' }, 0.5)).toBe(true);

    const [row] = await golden(kim);
    const own = (await claimAll(kim, 'unseen')).find(({ case: { id } }) => id === row!.id)!;
    const skip = { leaseToken: own.lease.token, reason: 'I cannot tell' };
    expect((await post(`/v1/cases/${own.case.id}/skip`, skip, kim)).status).toBe(204);
    await upkeep.withdraw();
    expect(await golden(kim)).toMatchObject([{ state: 'closed' }]);
    expect((await review.send<CaseView>('GET', `/v1/cases/${own.case.id}`, kim)).body.state).toBe('decided');
    expect(await mixing().prepare({ moderatorId: kim.id, queue: 'unseen' }, 0.5)).toBe(false);
  });

  it('are not put where there is nothing to hide them among, nor once they are retired', async () => {
    const kim = await review.signIn();
    const made = await makeGolden('empty');
    expect(await mixing().prepare({ moderatorId: kim.id, queue: 'empty' }, 0.5)).toBe(false);
    await store('empty');
    await post(`/v1/golden/${made.id}/retire`, { reason: 'disputable' }, lead);
    expect(await mixing().prepare({ moderatorId: kim.id, queue: 'empty' }, 0.5)).toBe(false);
  });
});
