import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { announceScorers } from '#libs/database';
import { defaultPolicyDocument, type PolicyDocument } from '#libs/domain';
import { documentFromYaml } from '#libs/policies';
import { type Answer, TestReview } from './test-review.js';

jest.setTimeout(60_000);

interface Draft {
  id: string;
  revision: number;
  document: unknown;
  publishedVersion: number | null;
  title: string;
}
interface Version {
  version: number;
  document: PolicyDocument;
  isCurrent: boolean;
  reason: string | null;
  basedOn: number | null;
  publishedBy: { id: string } | null;
}
interface ProblemBody {
  code: string;
  detail: string;
  fields?: { path: string; message: string }[];
  changes?: unknown[];
  current?: { version?: number; revision?: number };
}

const milder: PolicyDocument = { ...defaultPolicyDocument, humanAllowDays: 90 };
const stricter: PolicyDocument = {
  ...defaultPolicyDocument,
  categories: {
    ...defaultPolicyDocument.categories,
    'sexual/explicit': { fast: { review: 0.1, block: 0.9 }, deep: { review: 0.2, block: 0.8 } },
  },
};
const unknownId = '01960000-0000-7000-8000-000000000000';

describe('Policies that leads change', () => {
  let review: TestReview;
  let lead: { id: string; headers: Record<string, string> };

  beforeAll(async () => {
    review = await TestReview.start();
    lead = await review.signIn({ role: 'lead' });
  });
  afterAll(() => review.stop());

  let name: string;
  let count = 0;
  /** A policy of the test's own, whose version 1 is the default document. */
  beforeEach(async () => {
    name = `policy-${++count}`;
    const { id } = await send<Draft>('POST', '/v1/policies', { name });
    await publish(id, null);
  });
  afterEach(() => review.database.dataSource.query('DELETE FROM scorer'));

  const answer = <Body>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<Answer<Body>> => review.send<Body>(method, path, { body, headers: lead.headers });
  const send = async <Body>(
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<Body> => {
    const { status, body: received } = await answer<Body>(method, path, body);
    if (status >= 300) throw new Error(`${status} ${JSON.stringify(received)}`);
    return received;
  };
  const refused = async (
    method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<{ status: number } & ProblemBody> => {
    const { status, body: problem } = await answer<ProblemBody>(method, path, body);
    return { ...problem, status };
  };
  const at = (path = ''): string => `/v1/policies/${name}/versions${path}`;
  const draftOf = (document: unknown): Promise<Draft> => send('POST', at(), { document });
  const publish = (draft: string, expectedCurrent: number | null, more = {}): Promise<Version> =>
    send('POST', at(`/${draft}/publish`), { reason: 'to see it hold', expectedCurrent, ...more });
  const acts = async (): Promise<string[]> => {
    const rows: { act: string }[] = await review.database.dataSource.query(
      `SELECT act FROM audit_entry WHERE (subject_kind, subject_id) = ('policy', $1) OR details->>'policy' = $1
       ORDER BY at, id`,
      [name],
    );
    return rows.map(({ act }) => act);
  };

  it('go from a draft to what holds, and say who published what, when and why', async () => {
    const draft = await draftOf(stricter);
    expect(draft).toMatchObject({
      name,
      revision: 1,
      basedOn: 1,
      document: stricter,
      publishedVersion: null,
    });
    expect(await send('POST', at(`/${draft.id}/validate`), {})).toMatchObject({ problems: [] });
    const published = await publish(draft.id, 1, { reason: 'Too much got through' });
    expect(published).toMatchObject({
      version: 2,
      isCurrent: true,
      reason: 'Too much got through',
      basedOn: 1,
      publishedBy: { id: lead.id },
      document: stricter,
    });
    const { versions } = await send<{ versions: Version[] }>('GET', at());
    expect(versions.map(({ version, reason }) => [version, reason])).toEqual([
      [2, 'Too much got through'],
      [1, 'to see it hold'],
    ]);
    expect(await send('GET', `/v1/policies/${name}/drafts`)).toEqual({ drafts: [] });
    expect(await acts()).toEqual([
      'policy_draft.created',
      'policy.published',
      'policy_draft.created',
      'policy.published',
    ]);
  });

  it('are listed page by page', async () => {
    for (const [index, document] of [stricter, milder, stricter].entries())
      await publish((await draftOf(document)).id, index + 1);
    const first = await send<{ versions: Version[]; nextCursor: string }>('GET', at('?limit=3'));
    expect(first.versions.map(({ version }) => version)).toEqual([4, 3, 2]);
    const rest = await send<{ versions: Version[]; nextCursor: null }>(
      'GET',
      at(`?limit=3&cursor=${first.nextCursor}`),
    );
    expect(rest).toMatchObject({ versions: [{ version: 1 }], nextCursor: null });
    await draftOf(milder);
    const policies = await send<{ policies: { name: string; drafts: number; current: Version }[] }>(
      'GET',
      '/v1/policies',
    );
    expect(policies.policies.find((each) => each.name === name)).toMatchObject({
      drafts: 1,
      current: { version: 4 },
    });
    const { policies: one, nextCursor } = await send<{ policies: { name: string }[]; nextCursor: string }>(
      'GET',
      '/v1/policies?limit=1',
    );
    expect(one).toEqual([expect.objectContaining({ name: 'default' })]);
    expect(nextCursor).toBe('default');
  });

  it('say what differs between two versions', async () => {
    const draft = await draftOf(milder);
    const change = { path: 'humanAllowDays', kind: 'changed', from: 180, to: 90 };
    expect(await send('GET', `/v1/policies/${name}/diff?from=1&to=${draft.id}`)).toEqual({
      changes: [change],
    });
    await publish(draft.id, 1);
    expect(await send('GET', `/v1/policies/${name}/diff?from=1`)).toEqual({ changes: [change] });
    expect(await send('GET', `/v1/policies/${name}/diff?from=2&to=current`)).toEqual({ changes: [] });
    expect(await refused('GET', `/v1/policies/${name}/diff?from=1&to=9`)).toMatchObject({ status: 404 });
  });

  it('are rolled back by publishing an older version once more', async () => {
    await publish((await draftOf(stricter)).id, 1);
    const rolledBack = await send<Version>('POST', `/v1/policies/${name}/rollback`, {
      to: 1,
      reason: 'Too many false alarms',
      expectedCurrent: 2,
    });
    expect(rolledBack).toMatchObject({ version: 3, basedOn: 1, document: defaultPolicyDocument });
    expect((await acts()).at(-1)).toBe('policy.rolled_back');
    const again = { to: 1, reason: 'once more', expectedCurrent: 3 };
    expect(await refused('POST', `/v1/policies/${name}/rollback`, again)).toMatchObject({
      code: 'invalid_request',
      fields: [{ path: 'version', message: 'it changes nothing' }],
    });
    expect(await refused('POST', `/v1/policies/${name}/rollback`, { ...again, to: 9 })).toMatchObject({
      status: 404,
    });
  });

  it('are published by one of two, and the other is told what changed', async () => {
    const [one, other] = [await draftOf(stricter), await draftOf(milder)];
    const body = { reason: 'at once', expectedCurrent: 1 };
    const answers = await Promise.all(
      [one, other, one, other, one, other].map(({ id }) =>
        answer<Version & ProblemBody>('POST', at(`/${id}/publish`), body),
      ),
    );
    const won = answers.filter(({ status }) => status === 200);
    const lost = answers.filter(({ status }) => status === 409);
    // The winner's own repetitions are answered as its first request was.
    expect([won.length, lost.length]).toEqual([3, 3]);
    expect(new Set(won.map(({ body }) => body.version))).toEqual(new Set([2]));
    const { document } = won[0]!.body;
    const isStricter = document.humanAllowDays === stricter.humanAllowDays;
    for (const { body } of lost) {
      expect(body).toMatchObject({ code: 'conflict', current: { version: 2, publishedBy: { id: lead.id } } });
      expect(body.changes).toHaveLength(isStricter ? 4 : 1);
    }
    expect((await send<{ versions: unknown[] }>('GET', at())).versions).toHaveLength(2);
  });

  it('are not published where they are no policy, name by name of what is wrong, and nothing is changed', async () => {
    const wrong = {
      ...defaultPolicyDocument,
      auditSampleRate: 1.5,
      categories: { 'sexual/explicit': { fast: { review: 0.9, block: 0.3 } } },
    };
    const { id } = await draftOf(wrong);
    const fields = ['auditSampleRate', 'categories.sexual/explicit.fast.review'];
    const validation = await send<{ problems: { path: string }[] }>('POST', at(`/${id}/validate`), {});
    expect(validation.problems.map(({ path }) => path).sort()).toEqual(fields);
    const problem = await refused('POST', at(`/${id}/publish`), { reason: 'why not', expectedCurrent: 1 });
    expect(problem).toMatchObject({ status: 400, code: 'invalid_request' });
    expect(problem.fields!.map(({ path }) => path).sort()).toEqual(fields);
    expect(await send('GET', at('/current'))).toMatchObject({ version: 1 });
    expect(await send('GET', at(`/${id}`))).toMatchObject({ publishedVersion: null, document: wrong });
    expect((await acts()).filter((act) => act === 'policy.published')).toHaveLength(1);
  });

  it('name only categories that some model here knows, and fast ones that the fast model scores', async () => {
    const misspelt = {
      ...defaultPolicyDocument,
      categories: {
        ...defaultPolicyDocument.categories,
        'goods/fiream': { deep: { review: 0.3, block: null } },
      },
    };
    const { id } = await draftOf(misspelt);
    const body = { reason: 'a new category', expectedCurrent: 1 };
    expect(await refused('POST', at(`/${id}/publish`), body)).toMatchObject({
      status: 400,
      fields: [{ path: 'categories.goods/fiream' }],
    });
    await announceScorers(review.database.dataSource, [
      { tier: 'fast', pack: 'small', version: '1', categories: ['sexual/explicit', 'sexual/suggestive'] },
      { tier: 'deep', pack: 'large', version: '1', categories: ['goods/fiream'] },
    ]);
    await publish(id, 1);
    const unscored = await draftOf({
      ...misspelt,
      categories: { ...misspelt.categories, 'goods/fiream': { fast: { review: 0.3, block: null } } },
    });
    expect(
      await refused('POST', at(`/${unscored.id}/publish`), { ...body, expectedCurrent: 2 }),
    ).toMatchObject({
      status: 400,
      fields: [{ path: 'categories.goods/fiream.fast' }],
    });
    expect(await send('POST', at(`/${unscored.id}/validate`), {})).toMatchObject({
      problems: [{ path: 'categories.goods/fiream.fast' }],
      warnings: expect.arrayContaining([expect.objectContaining({ path: 'categories.goods/firearm.deep' })]),
    });
  });

  it('are worked on by several: a change to what somebody else changed is refused with what differs', async () => {
    const { id } = await draftOf(stricter);
    const changed = await send<Draft>('PATCH', at(`/${id}`), {
      revision: 1,
      document: milder,
      title: 'Milder',
    });
    expect(changed).toMatchObject({ revision: 2, title: 'Milder', document: milder });
    const problem = await refused('PATCH', at(`/${id}`), {
      revision: 1,
      document: { ...milder, hold: false },
    });
    expect(problem).toMatchObject({
      status: 409,
      code: 'conflict',
      current: { revision: 2, updatedBy: lead.id },
      changes: [{ path: 'hold', kind: 'changed', from: false, to: true }],
    });
    expect(
      await refused('POST', at(`/${id}/publish`), { reason: 'old', expectedCurrent: 1, revision: 1 }),
    ).toMatchObject({
      status: 409,
      current: { revision: 2 },
    });
    const races = await Promise.all(
      [1, 2, 3, 4].map((days) =>
        answer('PATCH', at(`/${id}`), { revision: 2, document: { ...milder, humanAllowDays: days } }),
      ),
    );
    expect(races.map(({ status }) => status).sort()).toEqual([200, 409, 409, 409]);
    expect(await refused('DELETE', at(`/${id}?revision=2`))).toMatchObject({ status: 409 });
    await publish(id, 1);
    expect(await refused('PATCH', at(`/${id}`), { revision: 3, title: 'late' })).toMatchObject({
      status: 409,
      current: { publishedVersion: 2 },
    });
  });

  it('are discarded while they are drafts', async () => {
    const { id } = await draftOf(stricter);
    expect((await answer('DELETE', at(`/${id}?revision=1`))).status).toBe(204);
    expect(await refused('GET', at(`/${id}`))).toMatchObject({ status: 404 });
    expect((await acts()).at(-1)).toBe('policy_draft.discarded');
  });

  it('begin with a copy of a version, and a new one with a name that nobody has', async () => {
    await publish((await draftOf(stricter)).id, 1);
    expect(await send('POST', at(), { fromVersion: 1 })).toMatchObject({
      basedOn: 1,
      document: defaultPolicyDocument,
    });
    expect(await refused('POST', '/v1/policies', { name })).toMatchObject({ status: 409, code: 'conflict' });
    expect(await refused('POST', '/v1/policies/nobodys/versions', { document: {} })).toMatchObject({
      status: 404,
    });
  });

  it('go out as YAML and come back the same', async () => {
    const exported = await answer('GET', at('/1?format=yaml'));
    expect(exported.headers['content-type']).toBe('application/yaml; charset=utf-8');
    const yaml = exported.bytes.toString();
    expect(yaml).toMatch(new RegExp(`^# ${name}, version 1, published .*: to see it hold\n`));
    expect(documentFromYaml(yaml)).toEqual({ ok: true, value: defaultPolicyDocument });
    const accepting = await review.send('GET', at('/1'), {
      headers: { ...lead.headers, accept: 'application/yaml' },
    });
    expect(accepting.bytes.toString()).toBe(yaml);
    const draft = await send<Draft>('POST', at(), {
      yaml: yaml.replace('humanAllowDays: 180', 'humanAllowDays: 90'),
    });
    expect(draft.document).toEqual(milder);
    await publish(draft.id, 1);
    expect(await send('POST', `/v1/policies/${name}/validate`, { yaml: 'hold: [' })).toMatchObject({
      problems: [{ path: 'yaml' }],
    });
  });

  it('have a JSON Schema', async () => {
    const schema = await answer<{ properties: object }>('GET', '/v1/policies/schema');
    expect(Object.keys(schema.body.properties)).toEqual(
      expect.arrayContaining(Object.keys(defaultPolicyDocument)),
    );
  });

  it('take nothing that cannot be read or stored', async () => {
    const { id } = await draftOf(stricter);
    const nested = JSON.parse('{"a":'.repeat(1000) + '1' + '}'.repeat(1000)) as unknown;
    const bad: [
      method: 'GET' | 'POST' | 'PATCH' | 'DELETE',
      path: string,
      body: unknown,
      field: string | undefined,
    ][] = [
      ['POST', at(), {}, ''],
      ['POST', at(), { document: {}, yaml: '{}' }, ''],
      ['POST', at(), { document: 'text' }, 'document'],
      ['POST', at(), { document: { hold: 'a\0b' } }, 'hold'],
      ['POST', at(), { document: nested }, undefined],
      ['POST', at(), { yaml: 'a: &a [*a]' }, 'yaml'],
      ['POST', at(), { yaml: '- a\n- b' }, 'yaml'],
      ['POST', at(), { yaml: `a: "\\0"` }, 'a'],
      ['POST', at(), { document: {}, title: 'a\0b' }, 'title'],
      ['POST', at(), { document: {}, surprise: 1 }, undefined],
      ['POST', '/v1/policies', { name: 'No Name' }, 'name'],
      ['PATCH', at(`/${id}`), { title: 'no revision' }, 'revision'],
      ['PATCH', at('/1'), { revision: 1, title: 'published' }, 'version'],
      ['DELETE', at(`/${id}`), undefined, 'revision'],
      ['POST', at(`/${id}/publish`), { expectedCurrent: 1 }, 'reason'],
      ['POST', at(`/${id}/publish`), { reason: '  ', expectedCurrent: 1 }, 'reason'],
      ['POST', at(`/${id}/publish`), { reason: 'no version' }, 'expectedCurrent'],
      ['POST', at('/current/publish'), { reason: 'again', expectedCurrent: 1 }, 'version'],
      ['POST', at('/zero/publish'), { reason: 'again', expectedCurrent: 1 }, 'version'],
      ['GET', at('/99999999999'), undefined, 'version'],
      ['GET', at('?cursor=x'), undefined, 'cursor'],
    ];
    for (const [method, path, body, field] of bad) {
      const problem = await refused(method, path, body);
      expect([method, path, body, problem.status]).toEqual([method, path, body, 400]);
      if (field !== undefined) expect(problem.fields?.map(({ path: at }) => at)).toContain(field);
    }
    expect(await refused('GET', at(`/${unknownId}`))).toMatchObject({ status: 404 });
    expect(
      await refused('POST', at(`/${unknownId}/publish`), { reason: 'none', expectedCurrent: 1 }),
    ).toMatchObject({
      status: 404,
    });
    expect(await refused('GET', '/v1/policies/nobodys/versions')).toMatchObject({ status: 404 });
    expect(await send('GET', at('/current'))).toMatchObject({ version: 1 });
  });

  it('are read by every moderator and changed by leads alone', async () => {
    const { headers } = await review.signIn({ role: 'senior' });
    expect((await review.send('GET', at(), { headers })).status).toBe(200);
    const writing = await review.send('POST', at(), { headers, body: { document: milder } });
    expect(writing.status).toBe(403);
    expect((await review.send('GET', at())).status).toBe(401);
  });
});
