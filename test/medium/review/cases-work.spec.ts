import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { blobKeyFor } from '#libs/blobs';
import { maxNoteLength } from '#libs/domain';
import type { CasePage, CaseView } from '../../../apps/review/src/cases/case.dto.js';
import type { AlikeCases, DecidedCase, DecidedMany } from '../../../apps/review/src/cases/decision.dto.js';
import type { ClaimedCase, ClaimedCases, RenewedLeases } from '../../../apps/review/src/cases/lease.dto.js';
import { aCase, type CaseBuilder } from '../../builders/case.builder.js';
import { jpeg, scene } from '../../fixtures/pictures.js';
import { aFastJudgement } from '../../builders/event.builder.js';
import { aContent } from '../../builders/content.builder.js';
import { TestReview } from './test-review.js';

interface ProblemBody {
  code: string;
  detail: string;
  refusal?: string;
  fields?: { path: string; message: string }[];
}

type Person = Awaited<ReturnType<TestReview['signIn']>>;

describe('work on cases over HTTP', () => {
  let review: TestReview;
  let kim: Person;
  let lee: Person;
  let senior: Person;
  beforeAll(async () => {
    review = await TestReview.start();
    kim = await review.signIn();
    lee = await review.signIn();
    senior = await review.signIn({ role: 'senior' });
  });
  afterAll(() => review.stop());

  const get = <Body>(path: string, { headers } = kim) => review.send<Body>('GET', path, { headers });
  const post = <Body>(path: string, body: unknown, { headers } = kim) =>
    review.send<Body>('POST', path, { headers, body });
  const store = (builder: CaseBuilder) => builder.store(review.database.dataSource);
  const storeMany = async (queue: string, count: number) => {
    for (let at = 0; at < count; at += 1) await store(aCase().in(queue));
  };
  const claimMany = async (queue: string, count: number): Promise<ClaimedCases['claimed']> =>
    (await post<ClaimedCases>('/v1/cases/claim', { queue, count })).body.claimed;
  const claim = async (queue: string, by = kim): Promise<ClaimedCase> =>
    (await post<ClaimedCase>('/v1/cases/claim', { queue }, by)).body;
  const decisionOn = ({ case: { id }, lease: { token } }: ClaimedCase) => ({
    caseId: id,
    leaseToken: token,
    verdict: 'block',
    reason: 'spam',
  });
  const actsOn = async (caseId: string): Promise<string[]> => {
    const rows: { act: string }[] = await review.database.dataSource.query(
      'SELECT act FROM audit_entry WHERE subject_id = $1 ORDER BY id',
      [caseId],
    );
    return rows.map(({ act }) => act);
  };

  it('claims as many as are asked for, and answers one as before', async () => {
    await storeMany('grid', 3);
    const two = await claimMany('grid', 2);
    expect(two).toHaveLength(2);
    expect(await claim('grid')).toMatchObject({ case: { state: 'leased' }, lease: {} });
    expect((await post('/v1/cases/claim', { queue: 'grid', count: 2 })).status).toBe(204);
  });

  it('renews many leases, each by itself', async () => {
    await storeMany('heartbeat', 2);
    const [held, lost] = (await claimMany('heartbeat', 2)) as [ClaimedCase, ClaimedCase];
    await review.database.dataSource.query(
      `UPDATE moderation_case SET lease_expires_at = now() - interval '1 second' WHERE id = $1`,
      [lost.case.id],
    );
    const { body } = await post<RenewedLeases>('/v1/cases/renew', {
      leases: [held, lost].map(({ case: { id }, lease: { token } }) => ({ caseId: id, leaseToken: token })),
    });
    expect(body.leases).toMatchObject([
      { caseId: held.case.id, lease: { token: held.lease.token } },
      { caseId: lost.case.id, lease: null },
    ]);
  });

  it('decides many, each with its own outcome', async () => {
    await storeMany('bulk', 3);
    const [good, late, odd] = (await claimMany('bulk', 3)) as [ClaimedCase, ClaimedCase, ClaimedCase];
    await review.database.dataSource.query(
      `UPDATE moderation_case SET lease_expires_at = now() - interval '1 second' WHERE id = $1`,
      [late.case.id],
    );
    const { status, body } = await post<DecidedMany>('/v1/cases/decisions', {
      decisions: [
        decisionOn(good),
        decisionOn(late),
        { ...decisionOn(odd), reason: 'no_such_reason' },
        { ...decisionOn(good), caseId: randomUUID() },
      ],
    });
    expect(status).toBe(200);
    expect(body.decisions).toMatchObject([
      { caseId: good.case.id, case: { state: 'decided', verdict: 'block' }, problem: null },
      { caseId: late.case.id, case: null, problem: { code: 'lease_lost' } },
      { caseId: odd.case.id, case: null, problem: { code: 'invalid_request' } },
      { case: null, problem: { code: 'not_found' } },
    ]);
    expect((await get<CaseView>(`/v1/cases/${odd.case.id}`)).body).toMatchObject({ state: 'leased' });
  });

  it('lists what looks alike, and decides it with one request', async () => {
    const pdq = aContent().sha256;
    const alike = await store(
      aCase().in('twins').about({ pdq, pdqQuality: 90 }).dueAt('2027-01-01T00:00:00Z'),
    );
    await store(aCase().in('twins').about({ pdq, pdqQuality: 90 }));
    const claimed = await claim('twins');
    const path = `/v1/cases/${claimed.case.id}`;
    expect((await get<AlikeCases>(`${path}/alike`)).body).toEqual({ cases: [{ id: alike.id, distance: 0 }] });
    const { caseId: _, ...decision } = decisionOn(claimed);
    const { body } = await post<DecidedCase>(`${path}/decision`, { ...decision, alike: 'near' });
    expect(body.alike).toEqual([alike.id]);
    expect((await get<CaseView>(`/v1/cases/${alike.id}`)).body).toMatchObject({
      state: 'decided',
      decision: { moderatorId: kim.id },
    });
  });

  it('replaces a decision by another, once, and says why it does not', async () => {
    await storeMany('regret', 1);
    const claimed = await claim('regret');
    const { caseId: id, ...decision } = decisionOn(claimed);
    const decided = await post<DecidedCase>(`/v1/cases/${id}/decision`, decision);
    expect(decided.body.actions).toEqual(['undo']);
    const undo = {
      decisionId: decided.body.decision!.id,
      token: randomUUID(),
      verdict: 'allow',
      reason: 'false_alarm',
    };
    const undone = await post<CaseView>(`/v1/cases/${id}/undo`, undo);
    expect(undone.body).toMatchObject({
      state: 'decided',
      verdict: 'allow',
      decision: { reason: 'false_alarm' },
    });
    expect((await post<CaseView>(`/v1/cases/${id}/undo`, undo)).body).toEqual(undone.body);
    const again = await post<ProblemBody>(`/v1/cases/${id}/undo`, { ...undo, token: randomUUID() });
    expect(again).toMatchObject({
      status: 409,
      body: { code: 'conflict', refusal: 'not_last', fields: [{ path: 'decisionId' }] },
    });
    const others = { ...undo, decisionId: undone.body.decision!.id, token: randomUUID() };
    expect((await post<ProblemBody>(`/v1/cases/${id}/undo`, others, lee)).body.refusal).toBe('not_yours');
    expect(await actsOn(id)).toEqual(['case.decided', 'case.undone']);
  });

  it('skips to others and escalates to seniors, with what was written', async () => {
    await storeMany('hard', 1);
    const kims = await claim('hard');
    const path = `/v1/cases/${kims.case.id}`;
    const skip = { leaseToken: kims.lease.token, reason: 'I know the seller' };
    expect((await post(`${path}/skip`, skip)).status).toBe(204);
    expect((await post('/v1/cases/claim', { queue: 'hard' })).status).toBe(204);
    const lees = await claim('hard', lee);
    expect(lees.case.notes).toMatchObject([
      { kind: 'skipped', text: 'I know the seller', moderatorId: kim.id },
    ]);
    const escalation = { leaseToken: lees.lease.token, note: 'a minor?' };
    expect((await post(`${path}/escalate`, escalation, lee)).status).toBe(204);
    expect((await post('/v1/cases/claim', { queue: 'senior' }, lee)).status).toBe(204);
    expect((await get<CaseView>(path, lee)).body).toMatchObject({ state: 'open', stage: null });
    const seniors = await claim('senior', senior);
    expect(seniors.case).toMatchObject({
      id: kims.case.id,
      stage: 'escalated',
      notes: [{ kind: 'skipped' }, { kind: 'escalated', text: 'a minor?', moderatorId: lee.id }],
    });
    expect(await actsOn(kims.case.id)).toEqual(['case.skipped', 'case.escalated']);
  });

  it('shows a lease and a decision to whose they are, and to seniors', async () => {
    await storeMany('private', 1);
    const claimed = await claim('private');
    const path = `/v1/cases/${claimed.case.id}`;
    const seenBy = async (person: Person) => (await get<CaseView>(path, person)).body;
    expect(claimed.case.actions).toEqual(['decide', 'renew', 'release', 'skip', 'escalate']);
    expect((await seenBy(kim)).lease?.holderId).toBe(kim.id);
    expect(await seenBy(lee)).toMatchObject({ state: 'leased', lease: null, actions: [] });
    expect((await seenBy(senior)).lease?.holderId).toBe(kim.id);
    const { caseId: _, ...decision } = decisionOn(claimed);
    await post(`${path}/decision`, decision);
    const byKim = { verdict: 'block', tier: 'human', decision: { moderatorId: kim.id } };
    expect(await seenBy(kim)).toMatchObject(byKim);
    expect(await seenBy(senior)).toMatchObject(byKim);
    expect(await seenBy(lee)).toMatchObject({ verdict: 'review', tier: 'deep', decision: null });
  });

  it.each(['second', 'golden'] as const)('shows a %s case as any other, before and after', async (kind) => {
    const { dataSource } = review.database;
    const received = { receivedAt: '2020-01-01T00:00:00.000Z' };
    const stored = await store(aCase().in(`${kind}-looks`).about(received).ofKind(kind));
    // The picture was decided on before, by somebody else.
    await dataSource.query(
      `UPDATE content SET verdict = 'allow', tier = 'human', final = true WHERE id = $1`,
      [stored.content.id],
    );
    await store(aCase().in(`${kind}-looks`).dueAt('2027-01-01T00:00:00Z'));
    const [tested, ordinary] = (await claimMany(`${kind}-looks`, 2)) as [ClaimedCase, ClaimedCase];
    expect(tested.case).toMatchObject({ verdict: 'review', tier: 'deep', decision: null });
    expect(tested.case.content.id).not.toBe(stored.content.id);
    const age = Date.parse(tested.case.createdAt) - Date.parse(tested.case.content.receivedAt);
    expect(age).toBeGreaterThan(0);
    expect(age).toBeLessThan(60_000);
    expect(JSON.stringify(tested)).not.toContain('2020-');
    const { body } = await post<DecidedMany>('/v1/cases/decisions', {
      decisions: [decisionOn(tested), decisionOn(ordinary)],
    });
    const [first, second] = body.decisions;
    const alike = { state: 'decided', verdict: 'block', tier: 'human', actions: ['undo'], lease: null };
    expect(first!.case).toMatchObject(alike);
    expect(second!.case).toMatchObject(alike);
    expect(Object.keys(first!.case!).sort()).toEqual(Object.keys(second!.case!).sort());
    const [row]: { verdict: string }[] = await dataSource.query('SELECT verdict FROM content WHERE id = $1', [
      stored.content.id,
    ]);
    expect(row!.verdict).toBe('allow');
  });

  it('tells by neither tier nor models that no deep model saw an audit sample', async () => {
    const deep = aFastJudgement({
      tier: 'deep',
      models: [{ name: 'nsfw-inception-v3', version: '1', tier: 'deep' }],
    });
    const allowed = aFastJudgement({
      verdict: 'allow',
      categories: { 'sexual/suggestive': { score: 0.01, verdict: 'allow' } },
      reasons: [],
    });
    const ordinary = await store(aCase().judged(deep));
    const sample = await store(aCase().judged(allowed).asAuditSample());
    for (const person of [kim, senior])
      for (const { id } of [ordinary, sample])
        expect((await get<CaseView>(`/v1/cases/${id}`, person)).body).toMatchObject({
          tier: 'deep',
          machine: { tier: 'deep', models: [], verdict: 'review' },
        });
    const { body } = await get<CaseView>(`/v1/cases/${sample.id}`);
    // The default policy reviews it from there.
    expect(body.machine!.reasons).toMatchObject([{ category: 'sexual/suggestive', threshold: 0.5 }]);
  });

  it('shows an audit sample as if it had been in doubt', async () => {
    const allowed = aFastJudgement({
      verdict: 'allow',
      categories: { 'sexual/explicit': { score: 0.01, verdict: 'allow' } },
      reasons: [],
    });
    const stored = await store(aCase().in('samples').judged(allowed).asAuditSample());
    const claimed = await claim('samples');
    expect(claimed.case).toMatchObject({
      id: stored.id,
      verdict: 'review',
      machine: {
        verdict: 'review',
        categories: { 'sexual/explicit': { score: expect.any(Number), verdict: 'review' } },
        reasons: [{ kind: 'score', category: 'sexual/explicit', verdict: 'review' }],
      },
    });
    expect(claimed.case.machine!.categories['sexual/explicit']!.score).toBeGreaterThanOrEqual(0.3);
    for (const person of [kim, lee, senior])
      expect((await get<CaseView>(`/v1/cases/${stored.id}`, person)).body).toMatchObject({
        verdict: 'review',
        machine: claimed.case.machine,
      });
    const { caseId, ...decision } = decisionOn(claimed);
    expect((await post<DecidedCase>(`/v1/cases/${caseId}/decision`, decision)).body).toMatchObject({
      verdict: 'block',
      machine: { verdict: 'review' },
    });
    expect((await get<CaseView>(`/v1/cases/${caseId}`, senior)).body.machine).toMatchObject({
      verdict: 'allow',
    });
    const [row]: { machine: string }[] = await review.database.dataSource.query(
      'SELECT machine_verdict AS machine FROM decision WHERE case_id = $1',
      [caseId],
    );
    expect(row!.machine).toBe('allow');
  });

  it('writes down who looked at an original, and not who saw the preview', async () => {
    const bytes = await jpeg(scene(1, 64, 48));
    const { sha256 } = aContent();
    await review.blobs.put(blobKeyFor(sha256), bytes).catch(() => undefined);
    const { id } = await store(aCase().about({ sha256, blobKey: blobKeyFor(sha256) }));
    expect((await get(`/v1/cases/${id}/image`)).status).toBe(200);
    expect(await actsOn(id)).toEqual([]);
    expect((await get(`/v1/cases/${id}/image?rendition=original`)).status).toBe(200);
    const rows: unknown[] = await review.database.dataSource.query(
      `SELECT act, actor_id AS "actorId" FROM audit_entry WHERE subject_id = $1`,
      [id],
    );
    expect(rows).toEqual([{ act: 'image.viewed', actorId: kim.id }]);
  });

  it('names the field, and the reasons that there are, for a reason that the policy lacks', async () => {
    const request = { leaseToken: randomUUID(), verdict: 'allow', reason: 'spam' };
    const { status, body } = await post<ProblemBody>(`/v1/cases/${randomUUID()}/decision`, request);
    expect([status, body.code]).toEqual([400, 'invalid_request']);
    expect(body.fields).toMatchObject([{ path: 'reason', message: expect.stringContaining('false_alarm') }]);
  });

  it.each<[string, string, object]>([
    ['a claim of none', 'claim', { count: 0 }],
    ['a claim of too many', 'claim', { count: 51 }],
    ['a claim of a part', 'claim', { count: 1.5 }],
    ['no leases', 'renew', { leases: [] }],
    [
      'too many leases',
      'renew',
      { leases: Array(51).fill({ caseId: randomUUID(), leaseToken: randomUUID() }) },
    ],
    ['no decisions', 'decisions', { decisions: [] }],
    ['a skip without a reason', `${randomUUID()}/skip`, { leaseToken: randomUUID() }],
    ['an empty reason', `${randomUUID()}/skip`, { leaseToken: randomUUID(), reason: '' }],
    [
      'an oversized note',
      `${randomUUID()}/escalate`,
      { leaseToken: randomUUID(), note: 'n'.repeat(maxNoteLength + 1) },
    ],
    ['half a character', `${randomUUID()}/escalate`, { leaseToken: randomUUID(), note: 'a\ud800b' }],
    [
      'an undo of nothing',
      `${randomUUID()}/undo`,
      { token: randomUUID(), verdict: 'allow', reason: 'false_alarm' },
    ],
    [
      'a likeness that does not exist',
      `${randomUUID()}/decision`,
      { leaseToken: randomUUID(), verdict: 'block', reason: 'spam', alike: 'similar' },
    ],
    [
      'a time before the start',
      `${randomUUID()}/decision`,
      { leaseToken: randomUUID(), verdict: 'block', reason: 'spam', timeSpentMs: -1 },
    ],
  ])('refuses %s as invalid, and says where', async (_, path, body) => {
    const answer = await post<ProblemBody>(`/v1/cases/${path}`, body);
    expect([answer.status, answer.body.code]).toEqual([400, 'invalid_request']);
    expect(answer.body.fields).not.toEqual([]);
  });

  it.each([
    ['skip', { reason: 'x' }],
    ['escalate', { note: 'x' }],
    ['release', {}],
    ['renew', {}],
  ])('knows no case to %s that was never opened', async (step, more) => {
    const body = { leaseToken: randomUUID(), ...more };
    const answer = await post<ProblemBody>(`/v1/cases/${randomUUID()}/${step}`, body);
    expect([answer.status, answer.body.code]).toEqual([404, 'not_found']);
  });

  it('hides from moderators that a listed case was escalated', async () => {
    await store(aCase().in('listed-stage').waitingAs('escalated'));
    const listed = async (person: Person) =>
      (await get<CasePage>('/v1/cases?queue=listed-stage', person)).body.cases[0];
    expect(await listed(kim)).toMatchObject({ state: 'open', stage: null });
    expect(await listed(senior)).toMatchObject({ state: 'escalated', stage: 'escalated' });
  });

  it('lists by state as it tells the state: no filter finds what it hides', async () => {
    const escalated = await store(aCase().in('by-state').waitingAs('escalated'));
    const appealed = await store(aCase().in('by-state').waitingAs('appealed'));
    const look = await store(aCase().in('by-state').ofKind('second'));
    await review.database.dataSource.query(
      `UPDATE moderation_case SET state = 'closed', decided_at = now() WHERE id = $1`,
      [look.id],
    );
    const ids = async (state: string, person: Person) =>
      (await get<CasePage>(`/v1/cases?queue=by-state&state=${state}`, person)).body.cases
        .map(({ id }) => id)
        .sort();
    expect(await ids('open', kim)).toEqual([escalated.id, appealed.id].sort());
    expect([await ids('escalated', kim), await ids('appealed', kim)]).toEqual([[], []]);
    expect(await ids('escalated', senior)).toEqual([escalated.id]);
    for (const person of [kim, senior])
      expect([await ids('closed', person), await ids('decided', person)]).toEqual([[], [look.id]]);
  });

  it('shows people the cases of their queues, and those that were before them', async () => {
    const own = await store(aCase().in('theirs'));
    const other = await store(aCase().in('others'));
    const escalated = await store(aCase().in('senior').waitingAs('escalated'));
    const person = await review.signIn();
    await review.database.dataSource.query(
      'INSERT INTO moderator_queue (moderator_id, queue) VALUES ($1, $2)',
      [person.id, 'theirs'],
    );
    const statusOf = async (path: string, by = person) => (await get(`/v1/cases/${path}`, by)).status;
    expect(await statusOf(own.id)).toBe(200);
    for (const path of [other.id, `${other.id}/alike`, `${other.id}/image`, escalated.id])
      expect(await statusOf(path)).toBe(404);
    expect((await get<CasePage>('/v1/cases', person)).body.cases.map(({ id }) => id)).toEqual([own.id]);
    expect([await statusOf(escalated.id, kim), await statusOf(escalated.id, senior)]).toEqual([404, 200]);
    const held = await claim('theirs', person);
    const escalation = { leaseToken: held.lease.token };
    expect((await post(`/v1/cases/${held.case.id}/escalate`, escalation, person)).status).toBe(204);
    expect(await statusOf(held.case.id)).toBe(200);
    expect(await statusOf(held.case.id, kim)).toBe(404);
  });
});
