import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { CaseView } from '../../../apps/review/src/cases/case.dto.js';
import type { ClaimedCase } from '../../../apps/review/src/cases/lease.dto.js';
import type { QualityView } from '../../../apps/review/src/quality/quality.dto.js';
import { aCase } from '../../builders/case.builder.js';
import { TestReview } from './test-review.js';

type Person = Awaited<ReturnType<TestReview['signIn']>>;
type Verdict = 'allow' | 'block';

describe('the report on quality', () => {
  let review: TestReview;
  let lead: Person;
  let ana: Person;
  let ben: Person;
  beforeAll(async () => {
    review = await TestReview.start({ SECOND_LOOK_RATE: '1' });
    lead = await review.signIn({ role: 'lead' });
    [ana, ben] = (await Promise.all([review.signIn(), review.signIn()])).sort((a, b) =>
      a.id < b.id ? -1 : 1,
    );
  });
  afterAll(() => review.stop());

  const query = (sql: string, values: unknown[] = []): Promise<unknown> =>
    review.database.dataSource.query(sql, values);
  const decideNext = async (person: Person, queue: string, verdict: Verdict): Promise<CaseView> => {
    const { status, body } = await review.send<ClaimedCase>('POST', '/v1/cases/claim', {
      body: { queue },
      headers: person.headers,
    });
    expect(status).toBe(200);
    const reason = verdict === 'block' ? 'spam' : 'not_a_violation';
    const decided = await review.send<CaseView>('POST', `/v1/cases/${body.case.id}/decision`, {
      body: { leaseToken: body.lease.token, verdict, reason },
      headers: person.headers,
    });
    expect(decided.status).toBe(200);
    return decided.body;
  };
  /** one case that both decide, `first` before the other */
  const bothDecide = async (
    queue: string,
    first: Person,
    [anas, bens]: [Verdict, Verdict],
  ): Promise<string> => {
    const { id } = await aCase().in(queue).store(review.database.dataSource);
    const verdictOf = (person: Person) => (person === ana ? anas : bens);
    const second = first === ana ? ben : ana;
    await decideNext(first, queue, verdictOf(first));
    await decideNext(second, queue, verdictOf(second));
    return id;
  };
  const report = async (filter = ''): Promise<QualityView> => {
    const answer = await review.send<QualityView>('GET', `/v1/quality${filter}`, lead);
    expect(answer.status).toBe(200);
    return answer.body;
  };

  it('gives kappa, accuracy and overturned appeals as counted by hand, with their intervals', async () => {
    // ana and ben: 4 both allow, 3 both block, 1 ana allow and ben block, 2 the other way round
    const verdicts: [Verdict, Verdict][] = [
      ...Array.from({ length: 4 }, (): [Verdict, Verdict] => ['allow', 'allow']),
      ...Array.from({ length: 3 }, (): [Verdict, Verdict] => ['block', 'block']),
      ['allow', 'block'],
      ['block', 'allow'],
      ['block', 'allow'],
    ];
    const decided: string[] = [];
    for (const [place, each] of verdicts.entries())
      decided.push(await bothDecide('sexual', place % 2 === 0 ? ana : ben, each));
    const { secondLooks } = await report('?queue=sexual');
    const [pair] = secondLooks.pairs;
    expect(secondLooks.pairs).toHaveLength(1);
    expect(pair!.moderators).toEqual([
      { id: ana.id, name: 'Kim' },
      { id: ben.id, name: 'Kim' },
    ]);
    expect(pair).toMatchObject({ looks: 10, bothAllow: 4, bothBlock: 3, allowBlock: 1, blockAllow: 2 });
    // observed 0.7; expected 0.5 * 0.6 + 0.5 * 0.4 = 0.5
    expect(pair!.kappa!.value).toBeCloseTo(0.4, 10);
    expect(pair!.agreement!.value).toBeCloseTo(0.7, 10);
    // Wilson's interval of 7 of 10
    expect(pair!.agreement!.lower).toBeCloseTo(0.3968, 3);
    expect(pair!.agreement!.upper).toBeCloseTo(0.8922, 3);
    expect(pair!.kappa!.lower).toBeLessThan(0.4);
    expect(pair!.kappa!.upper).toBeGreaterThan(0.4);
    expect(pair!.categories).toMatchObject([{ category: 'sexual/explicit', looks: 10 }]);
    expect(secondLooks.categories).toMatchObject([{ category: 'sexual/explicit', looks: 10 }]);
    expect(secondLooks.overall.looks).toBe(10);

    // Two appeals against ana's decisions, one of which was overturned: as the tables have them.
    for (const [place, state] of (['upheld', 'overturned'] as const).entries())
      await query(
        `INSERT INTO appeal (id, content_id, case_id, filed_by, filed_at, state, decision_id, concluded_at)
         SELECT $1, content_id, c.id, $2, now(), $3, decision.id, now()
         FROM moderation_case AS c JOIN decision ON decision.case_id = c.id WHERE c.id = $4`,
        [randomUUID(), randomUUID(), state, decided[place * 2]],
      );
    const { appeals } = await report();
    expect(appeals.moderators).toMatchObject([
      { moderator: { id: ana.id }, decided: 2, overturned: 1, rate: { value: 0.5 } },
    ]);
  });

  it('takes what was looked at in a period, in a queue', async () => {
    await bothDecide('goods', ana, ['allow', 'allow']);
    await query(`UPDATE quality_look SET concluded_at = '2026-03-05T12:00:00Z' WHERE queue = 'goods'`);
    const march = '?from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z';
    expect((await report(march)).secondLooks.overall.looks).toBe(1);
    expect((await report(`${march}&queue=sexual`)).secondLooks.overall.looks).toBe(0);
    expect((await report('?from=2026-02-01T00:00:00Z&to=2026-03-01T00:00:00Z')).secondLooks).toMatchObject({
      overall: { looks: 0, kappa: null, agreement: null },
      pairs: [],
    });
    const backwards = '?from=2026-04-01T00:00:00Z&to=2026-03-01T00:00:00Z';
    expect(await review.send('GET', `/v1/quality${backwards}`, lead)).toMatchObject({
      status: 400,
      body: { code: 'invalid_request', fields: [{ path: 'from' }] },
    });
  });

  it('counts looks as metrics', async () => {
    const { bytes } = await review.send('GET', '/metrics');
    const counted = (outcome: string): number =>
      Number(
        new RegExp(`sluice_quality_looks_total\\{kind="second",outcome="${outcome}"\\} (\\d+)`).exec(
          bytes.toString(),
        )?.[1] ?? 0,
      );
    expect(counted('agreed')).toBe(8);
    expect(counted('disputed')).toBe(3);
  });

  it('is for leads only, and so are golden cases', async () => {
    for (const path of ['/v1/quality', '/v1/golden'])
      for (const person of [ana, await review.signIn({ role: 'senior' })])
        expect(await review.send('GET', path, person)).toMatchObject({
          status: 403,
          body: { code: 'forbidden' },
        });
  });
});
