import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { AuditEntryEntity, ModerationCaseEntity, type ModeratorRole } from '#libs/database';
import { QueuesService } from '../../../apps/review/src/queues/queues.service.js';
import { LedgerService } from '../../../apps/review/src/ledger/ledger.service.js';
import { aCase } from '../../builders/case.builder.js';
import { aContent } from '../../builders/content.builder.js';
import { aFastJudgement, aRescoredEvent } from '../../builders/event.builder.js';
import { eventually } from '../eventually.js';
import { TestReview } from './test-review.js';

interface QueueView {
  name: string;
  title: string;
  minimumRole: ModeratorRole;
  slaSeconds: number | null;
  position: number;
  disabledAt: string | null;
  claimable: boolean;
  undecided: number;
  overdue: number;
}
interface Problem {
  code: string;
  detail: string;
  fields?: { path: string; message: string }[];
  current?: { version: number; publishedBy: { id: string } };
  changes?: unknown[];
}
interface Routing {
  version: number;
  rules: unknown[];
  publishedBy: { id: string } | null;
}
type SignedIn = Awaited<ReturnType<TestReview['signIn']>>;

describe('queues and routing', () => {
  let review: TestReview;
  let lead: SignedIn;
  let moderator: SignedIn;
  const settings = { title: 'A queue', minimumRole: 'moderator', slaSeconds: null, position: 5 };

  beforeAll(async () => {
    review = await TestReview.start();
    lead = await review.signIn({ role: 'lead' });
    moderator = await review.signIn();
  });
  afterAll(() => review.stop());

  const post = <Body = QueueView>(path: string, body: unknown, { headers } = lead) =>
    review.send<Body>('POST', path, { body, headers });
  const put = <Body = QueueView>(path: string, body: unknown, { headers } = lead) =>
    review.send<Body>('PUT', path, { body, headers });
  const get = <Body>(path: string, { headers } = lead) => review.send<Body>('GET', path, { headers });
  const queueNamed = async (name: string, as = lead): Promise<QueueView | undefined> =>
    (await get<{ queues: QueueView[] }>('/v1/queues', as)).body.queues.find((queue) => queue.name === name);
  const claimable = (role: ModeratorRole, id: string) =>
    review.app.get(QueuesService).claimableBy({ id, role });
  const routing = async (): Promise<Routing> => (await get<Routing>('/v1/routing')).body;
  const publish = async (rules: unknown[], as = lead) =>
    put<Routing & Problem>('/v1/routing', { expectedVersion: (await routing()).version, rules }, as);
  const auditsOf = (kind: string, id: string) =>
    review.database.dataSource.getRepository(AuditEntryEntity).findBy({ subjectKind: kind, subjectId: id });

  describe('a queue', () => {
    it('is there for each group of categories, for what is left, and for escalated cases', async () => {
      const { queues } = (await get<{ queues: QueueView[] }>('/v1/queues')).body;
      expect(queues.map(({ name }) => name)).toEqual([
        'senior',
        'sexual',
        'goods',
        'apparel',
        'spam',
        'general',
      ]);
    });

    it('is made and changed by leads, and both are in the audit', async () => {
      const made = await post('/v1/queues', { name: 'urgent', title: ' Urgent ', slaSeconds: 3600 });
      expect(made).toMatchObject({
        status: 201,
        body: {
          name: 'urgent',
          title: 'Urgent',
          minimumRole: 'moderator',
          slaSeconds: 3600,
          disabledAt: null,
        },
      });
      const changed = await put('/v1/queues/urgent', { ...settings, minimumRole: 'senior', disabled: true });
      expect(changed).toMatchObject({
        status: 200,
        body: { title: 'A queue', minimumRole: 'senior', slaSeconds: null, disabledAt: expect.any(String) },
      });
      expect((await put('/v1/queues/urgent', settings)).body.disabledAt).toBeNull();
      const audits = await auditsOf('queue', 'urgent');
      expect(audits.map(({ act, actorId }) => [act, actorId])).toEqual([
        ['queue.created', lead.id],
        ['queue.changed', lead.id],
        ['queue.changed', lead.id],
      ]);
      expect(audits[1]!.details).toMatchObject({ from: { slaSeconds: 3600 }, to: { disabled: true } });
    });

    it('has one name', async () => {
      await post('/v1/queues', { name: 'twice', title: 'Once' });
      const again = await post<Problem>('/v1/queues', { name: 'twice', title: 'Again' });
      expect(again).toMatchObject({ status: 409, body: { code: 'conflict', fields: [{ path: 'name' }] } });
      expect(await queueNamed('twice')).toMatchObject({ title: 'Once' });
      expect(await auditsOf('queue', 'twice')).toHaveLength(1);
    });

    it.each<[string, unknown, string]>([
      ['a name in capitals', { name: 'Urgent', title: 'x' }, 'name'],
      ['no title', { name: 'untitled' }, 'title'],
      ['a blank title', { name: 'untitled', title: ' ' }, 'title'],
      ['a promise of a second', { name: 'hasty', title: 'x', slaSeconds: 1 }, 'slaSeconds'],
      ['a role that is none', { name: 'odd', title: 'x', minimumRole: 'god' }, 'minimumRole'],
      ['a place that is none', { name: 'odd', title: 'x', position: -1 }, 'position'],
    ])('is refused with %s', async (_why, body, path) => {
      const refused = await post<Problem>('/v1/queues', body);
      expect(refused).toMatchObject({ status: 400, body: { code: 'invalid_request', fields: [{ path }] } });
    });

    it('that is not there cannot be changed, and what takes the rest cannot be disabled', async () => {
      expect((await put('/v1/queues/nowhere', settings)).status).toBe(404);
      for (const name of ['general', 'senior']) {
        const refused = await put<Problem>(`/v1/queues/${name}`, { ...settings, disabled: true });
        expect(refused).toMatchObject({ status: 400, body: { fields: [{ path: 'disabled' }] } });
      }
    });

    it('says how much waits there, and how much of it for too long', async () => {
      const overdue = await aCase().in('counting').store(review.database.dataSource);
      await aCase().in('counting').dueAt('2126-01-01T00:00:00Z').store(review.database.dataSource);
      await eventually(async () =>
        expect(await queueNamed('counting')).toMatchObject({ undecided: 2, overdue: 1 }),
      );
      await review.database.dataSource.query(
        `UPDATE moderation_case SET sla_at = now() + interval '1 hour' WHERE id = $1`,
        [overdue.id],
      );
      await eventually(async () =>
        expect(await queueNamed('counting')).toMatchObject({ undecided: 2, overdue: 0 }),
      );
    });

    it('is in the metrics, with what breaks its promise', async () => {
      const { id } = await aCase().in('promised').store(review.database.dataSource);
      await aCase().in('promised').store(review.database.dataSource);
      await review.database.dataSource.query('UPDATE moderation_case SET sla_at = due_at WHERE id = $1', [
        id,
      ]);
      await eventually(async () => {
        const metrics = String((await review.app.inject({ method: 'GET', url: '/metrics' })).body);
        expect(metrics).toContain('sluice_cases_waiting{queue="promised",overdue="true"} 2');
        expect(metrics).toContain('sluice_cases_sla_breached{queue="promised"} 1');
      });
    });
  });

  describe('who may claim where', () => {
    it('depends on the role that a queue asks for', async () => {
      await post('/v1/queues', { name: 'leads-only', title: 'x', minimumRole: 'lead' });
      expect(await claimable('moderator', moderator.id)).not.toContain('senior');
      expect(await claimable('senior', moderator.id)).toContain('senior');
      expect(await claimable('senior', moderator.id)).not.toContain('leads-only');
      expect(await claimable('admin', moderator.id)).toEqual(
        expect.arrayContaining(['senior', 'leads-only', 'general']),
      );
      expect(await queueNamed('leads-only', moderator)).toMatchObject({ claimable: false });
    });

    it('is narrowed by queues that a person is assigned to, which open none that the role does not', async () => {
      const person = await review.signIn();
      for (const queue of ['sexual', 'senior'])
        await review.database.dataSource.query('INSERT INTO moderator_queue VALUES ($1, $2)', [
          person.id,
          queue,
        ]);
      expect(await claimable('moderator', person.id)).toEqual(['sexual']);
      expect(await claimable('senior', person.id)).toEqual(['senior', 'sexual']);
    });

    it('leaves nothing behind: a queue that only a case names is known from then on, a disabled one goes on', async () => {
      await aCase().in('from-long-ago').store(review.database.dataSource);
      expect(await claimable('moderator', moderator.id)).toContain('from-long-ago');
      await put('/v1/queues/from-long-ago', { ...settings, disabled: true });
      expect(await claimable('moderator', moderator.id)).toContain('from-long-ago');
    });
  });

  describe('routing rules', () => {
    const rule = { when: { surface: ['avatar'] }, queue: 'spam', priority: 2 };
    beforeEach(async () => {
      await publish([]);
    });

    it('are published under the next version, with who and when, and in the audit', async () => {
      const { version } = await routing();
      const published = await publish([rule]);
      expect(published).toMatchObject({
        status: 200,
        body: { version: version + 1, rules: [rule], publishedBy: { id: lead.id } },
      });
      expect(await routing()).toEqual(published.body);
      expect(await auditsOf('routing', String(version + 1))).toMatchObject([
        { act: 'routing.published', actorId: lead.id, details: { rules: 1, replaces: version } },
      ]);
    });

    it('never change once they are published', async () => {
      for (const statement of ['UPDATE routing_rules SET version = 99', 'DELETE FROM routing_rules'])
        await expect(review.database.dataSource.query(statement)).rejects.toThrow('append-only');
    });

    it('are published by one of two who do it at once; the other is told what changed', async () => {
      const { version } = await routing();
      const answers = await Promise.all(
        ['spam', 'goods', 'apparel', 'sexual'].map((queue) =>
          put<Problem>('/v1/routing', { expectedVersion: version, rules: [{ ...rule, queue }] }),
        ),
      );
      expect(answers.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
      const { body } = answers.find(({ status }) => status === 409)!;
      expect(body).toMatchObject({
        code: 'conflict',
        detail: expect.stringContaining(`Version ${version + 1} was published by Kim`),
        current: { version: version + 1, publishedBy: { id: lead.id } },
        changes: [{ path: 'rules.0', kind: 'added' }],
      });
      expect(await routing()).toMatchObject({ version: version + 1 });
    });

    it('are refused with the node that is wrong, and why', async () => {
      const refused = await publish([
        rule,
        { when: { all: [{ not: { score: { category: 'sexual/*', from: 0.8, to: 0.2 } } }] }, queue: 'spam' },
      ]);
      expect(refused).toMatchObject({
        status: 400,
        body: {
          code: 'invalid_request',
          fields: [
            { path: 'rules.1.when.all.0.not.score.to', message: expect.stringContaining('above from') },
          ],
        },
      });
      expect((await routing()).rules).toEqual([]);
    });

    it('are refused for queues that are not there, or disabled; and what they name is not disabled', async () => {
      await post('/v1/queues', { name: 'named', title: 'x' });
      await post('/v1/queues', { name: 'closed', title: 'x' });
      await put('/v1/queues/closed', { ...settings, disabled: true });
      expect(await publish([rule, { ...rule, queue: 'closed' }, { ...rule, queue: 'absent' }])).toMatchObject(
        {
          status: 400,
          body: { fields: [{ path: 'rules.1.queue' }, { path: 'rules.2.queue' }] },
        },
      );
      await publish([rule, { ...rule, queue: 'named' }]);
      const refused = await put<Problem>('/v1/queues/named', { ...settings, disabled: true });
      expect(refused).toMatchObject({
        status: 409,
        body: { code: 'conflict', fields: [{ path: 'rules.1.queue' }] },
      });
      expect(await queueNamed('named')).toMatchObject({ disabledAt: null });
    });

    it('name no disabled queue, however publishing and disabling race', async () => {
      for (let round = 0; round < 10; round += 1) {
        const name = `raced-${round}`;
        await post('/v1/queues', { name, title: 'x' });
        const [published, disabled] = await Promise.all([
          publish([{ ...rule, queue: name }]),
          put(`/v1/queues/${name}`, { ...settings, disabled: true }),
        ]);
        expect([published.status, disabled.status].sort()).toEqual(
          published.status === 200 ? [200, 409] : [200, 400],
        );
      }
    });

    it('hold for the very next case: by category, score, surface, caller and reach', async () => {
      const apiKeyId = '01990000-0000-7000-8000-00000000abcd';
      await review.database.dataSource.query(
        `INSERT INTO api_key (id, name, prefix, hash, scopes) VALUES ($1, 'shop', '0badc0de', '\\x00', '{content:moderate}')`,
        [apiKeyId],
      );
      await post('/v1/queues', { name: 'wide-reach', title: 'x', slaSeconds: 7200 });
      await publish([
        { when: { all: [{ category: 'sexual/*' }, { audienceAtLeast: 10_000 }] }, queue: 'wide-reach' },
        { when: { any: [{ surface: ['avatar'] }, { caller: ['shop'] }] }, queue: 'apparel' },
        { when: { score: { category: 'sexual/explicit', from: 0.5, to: 0.7 } }, queue: 'goods' },
      ]);
      const contents = [
        aContent({ audience: 10_000, surface: 'avatar' }),
        aContent({ audience: 9_999, surface: 'avatar' }),
        aContent({ apiKeyId }),
        aContent(),
      ];
      await record(contents.map((content) => aRescoredEvent(content, [aFastJudgement()])));
      const cases = await Promise.all(contents.map(({ id }) => caseOf(id)));
      expect(cases.map((each) => each?.queue)).toEqual(['wide-reach', 'apparel', 'apparel', 'goods']);
      const [promised, free] = [cases[0]!, cases[3]!];
      expect(promised.slaAt!.getTime() - Date.parse(contents[0]!.receivedAt)).toBe(7_200_000);
      expect(promised.dueAt.getTime()).toBeLessThan(promised.slaAt!.getTime());
      expect(free.slaAt).toBeNull();
    });
  });

  it.each<[string, string, unknown]>([
    ['POST', '/v1/queues', { name: 'mine', title: 'Mine' }],
    ['PUT', '/v1/queues/general', settings],
    ['GET', '/v1/routing', undefined],
    ['PUT', '/v1/routing', { expectedVersion: 0, rules: [] }],
  ])('%s %s is for leads', async (method, path, body) => {
    const senior = await review.signIn({ role: 'senior' });
    const refused = await review.send(method as 'PUT', path, {
      headers: senior.headers,
      ...(body === undefined ? {} : { body }),
    });
    expect(refused.status).toBe(403);
  });

  const record = async (events: ReturnType<typeof aRescoredEvent>[]): Promise<void> => {
    const outcomes = await review.app
      .get(LedgerService)
      .record(events.map((event) => ({ event, attempt: 1, isLastAttempt: false, acceptedAt: new Date() })));
    expect(outcomes.every(({ kind }) => kind === 'done')).toBe(true);
  };
  const caseOf = (contentId: string): Promise<ModerationCaseEntity | null> =>
    review.database.dataSource.getRepository(ModerationCaseEntity).findOneBy({ contentId });
});
