import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { ModeratorRole } from '#libs/database';
import { aModerator, aPassword } from '../../builders/moderator.builder.js';
import { cookieOf, TestReview } from './test-review.js';

interface Account {
  id: string;
  email: string;
  role: ModeratorRole;
  queues: string[] | null;
  disabledAt: string | null;
}
interface Body extends Account {
  code: string;
  fields: { path: string; message: string }[];
  moderator: Account;
  initialPassword: string;
  duties: string[];
}
interface Page {
  moderators: Account[];
  nextCursor: string | null;
}
type Headers = Record<string, string>;

let review: TestReview;
let admin: { id: string; email: string; headers: Headers };
beforeAll(async () => {
  review = await TestReview.start();
});
beforeEach(async () => {
  admin = await review.signIn({ role: 'admin' });
});
afterAll(() => review.stop());

const asAdmin = (method: 'GET' | 'POST' | 'PATCH', path: string, body?: unknown) =>
  review.send<Body>(method, path, { headers: admin.headers, body });
const change = (id: string, body: unknown, headers = admin.headers) =>
  review.send<Body>('PATCH', `/v1/moderators/${id}`, { headers, body });
const signIn = (email: string, password: string) =>
  review.send<Body>('POST', '/v1/session', { body: { email, password } });
const newAccount = (more: Record<string, unknown> = {}) =>
  asAdmin('POST', '/v1/moderators', {
    ...{ email: `${randomUUID()}@example.org`, displayName: 'Robin', role: 'senior' },
    ...more,
  });
const audited = async (id: string): Promise<{ act: string; actorId: string; details: unknown }[]> =>
  review.database.dataSource.query(
    `SELECT act, actor_id AS "actorId", details FROM audit_entry WHERE subject_id = $1 ORDER BY id`,
    [id],
  );

describe('an account that an admin makes', () => {
  it('is shut until its first password is replaced by one that nobody else knows', async () => {
    const { status, body } = await newAccount();
    expect(status).toBe(201);
    const { email, id } = body.moderator;
    const first = await signIn(email, body.initialPassword);
    expect(first.body.duties).toEqual(['new_password']);
    const headers = { cookie: cookieOf(first) };
    const cases = (as: Headers) => review.send<Body>('GET', '/v1/cases', { headers: as });
    expect((await cases(headers)).body).toMatchObject({ code: 'forbidden', duty: 'new_password' });

    const changePassword = (oldPassword: string, newPassword: string) =>
      review.send<Body>('POST', '/v1/me/password', { headers, body: { oldPassword, newPassword } });
    for (const [wrong, path] of [
      [await changePassword(body.initialPassword, 'short'), 'newPassword'],
      [await changePassword(body.initialPassword, body.initialPassword), 'newPassword'],
      [await changePassword('not it at all', 'my very own password'), 'oldPassword'],
    ] as const)
      expect(wrong.body).toMatchObject({ code: 'invalid_request', fields: [{ path }] });

    const changed = await changePassword(body.initialPassword, 'my very own password');
    expect(changed.status).toBe(204);
    expect((await cases(headers)).status).toBe(401);
    expect((await cases({ cookie: cookieOf(changed) })).status).toBe(200);
    expect((await signIn(email, body.initialPassword)).status).toBe(401);
    expect((await signIn(email, 'my very own password')).body.duties).toEqual([]);
    expect(JSON.stringify(await audited(id))).not.toContain(body.initialPassword);
    expect((await audited(id)).map(({ act }) => act)).toEqual(
      expect.arrayContaining(['moderator.created', 'moderator.password_changed']),
    );
  });

  it.each([
    ['an address that is none', { email: 'kim' }, 'email'],
    ['no name', { displayName: ' ' }, 'displayName'],
    ['a role that is none', { role: 'boss' }, 'role'],
    ['a queue that is not there', { queues: ['sexual', 'nowhere'] }, 'queues'],
    ['no queue at all', { queues: [] }, 'queues'],
  ])('is refused with %s, and which field it is', async (_, more, path) => {
    const { body } = await newAccount(more);
    expect(body.code).toBe('invalid_request');
    expect(body.fields.map((field) => field.path)).toEqual([path]);
  });

  it('is not made twice for one address', async () => {
    expect((await newAccount({ email: admin.email.toUpperCase() })).body.code).toBe('conflict');
  });
});

describe('changing an account', () => {
  it('gives a role that holds from the next request on, under a new token', async () => {
    const person = await review.signIn();
    expect((await change(person.id, { role: 'lead' })).body.role).toBe('lead');
    const next = await review.send<Body>('GET', '/v1/me', { headers: person.headers });
    expect(next.body.role).toBe('lead');
    expect(next.headers['set-cookie']).toBeDefined();
    expect(cookieOf(next)).not.toBe(person.headers['cookie']);
    expect(await audited(person.id)).toContainEqual({
      act: 'moderator.changed',
      actorId: admin.id,
      details: { role: { from: 'moderator', to: 'lead' } },
    });
  });

  it('puts somebody who is disabled out at once, and lets them in again only with a new sign-in', async () => {
    const person = await review.signIn();
    const me = () => review.send('GET', '/v1/me', { headers: person.headers });
    expect((await change(person.id, { disabled: true })).body.disabledAt).not.toBeNull();
    expect((await me()).status).toBe(401);
    expect((await signIn(person.email, aPassword)).status).toBe(401);
    expect((await change(person.id, { disabled: false })).body.disabledAt).toBeNull();
    expect((await me()).status).toBe(401);
    expect((await signIn(person.email, aPassword)).status).toBe(200);
  });

  it('sets the queues that somebody works on, and takes the limit away again', async () => {
    const { id } = await aModerator(review.database.dataSource);
    expect((await change(id, { queues: ['spam', 'goods', 'spam'] })).body.queues).toEqual(['goods', 'spam']);
    expect((await change(id, { displayName: 'Alex' })).body.queues).toEqual(['goods', 'spam']);
    expect((await change(id, { queues: null })).body.queues).toBeNull();
  });

  it('does nothing of a change that is wrong in part', async () => {
    const { id } = await aModerator(review.database.dataSource);
    expect((await change(id, { role: 'lead', queues: ['nowhere'] })).status).toBe(400);
    expect((await change(id, {})).status).toBe(400);
    expect((await change(id, { displayName: 'Kim' })).body).toMatchObject({
      role: 'moderator',
      queues: null,
    });
    expect((await change(randomUUID(), { role: 'lead' })).status).toBe(404);
  });

  it.each([
    ['NUL', 'a\0b'],
    ['half a character', '\ud800'],
  ])('takes no name with %s, which nothing could store', async (_, displayName) => {
    const { id } = await aModerator(review.database.dataSource);
    const account = { email: `${randomUUID()}@example.org`, displayName: 'Kim', role: 'moderator' };
    for (const { status, body } of [
      await change(id, { displayName }),
      await change(id, { queues: [displayName] }),
      await asAdmin('POST', '/v1/moderators', { ...account, displayName }),
      await asAdmin('POST', '/v1/moderators', { ...account, queues: [displayName] }),
      await asAdmin('POST', '/v1/api-keys', { name: displayName }),
    ])
      expect({ status, code: body.code }).toEqual({ status: 400, code: 'invalid_request' });
  });

  it('replaces a password by a first one, ends the sessions, and asks for a new one', async () => {
    const person = await review.signIn();
    const { body } = await asAdmin('POST', `/v1/moderators/${person.id}/password`, {});
    expect((await review.send('GET', '/v1/me', { headers: person.headers })).status).toBe(401);
    expect((await signIn(person.email, aPassword)).status).toBe(401);
    expect((await signIn(person.email, body.initialPassword)).body.duties).toEqual(['new_password']);
    expect((await asAdmin('POST', `/v1/moderators/${randomUUID()}/password`, {})).status).toBe(404);
  });
});

describe('the last admin', () => {
  const onlyAdmins = async (...ids: string[]): Promise<void> => {
    await review.database.dataSource.query(
      `UPDATE moderator SET role = 'senior' WHERE role = 'admin' AND id <> ALL ($1)`,
      [ids],
    );
  };

  it('stays admin, enabled', async () => {
    await onlyAdmins(admin.id);
    for (const body of [{ role: 'lead' }, { disabled: true }, { role: 'moderator', disabled: true }])
      expect((await change(admin.id, body)).body.code).toBe('conflict');
    expect((await change(admin.id, { displayName: 'Still here', role: 'admin' })).status).toBe(200);
  });

  it('is one of two who demote each other at the same moment, every time', async () => {
    for (let round = 0; round < 5; round++) {
      const [one, other] = [await review.signIn({ role: 'admin' }), await review.signIn({ role: 'admin' })];
      await onlyAdmins(one.id, other.id);
      const answers = await Promise.all([
        change(other.id, { role: 'moderator' }, one.headers),
        change(one.id, { disabled: true }, other.headers),
      ]);
      const rows: { count: string }[] = await review.database.dataSource.query(
        `SELECT count(*) FROM moderator WHERE role = 'admin' AND disabled_at IS NULL`,
      );
      expect(Number(rows[0]!.count)).toBe(1);
      expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    }
  });
});

describe('the list of accounts', () => {
  it('comes in pages, each account once though others are made meanwhile, without secrets', async () => {
    for (let made = 0; made < 5; made++) await aModerator(review.database.dataSource);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const query: string = cursor === null ? '' : `&cursor=${cursor}`;
      const { body } = await review.send<Page>('GET', `/v1/moderators?limit=3${query}`, {
        headers: admin.headers,
      });
      expect(JSON.stringify(body)).not.toMatch(/argon2|secret":"/i);
      seen.push(...body.moderators.map(({ id }) => id));
      cursor = body.nextCursor;
      if (seen.length <= 3) await aModerator(review.database.dataSource);
    } while (cursor !== null);
    const rows: unknown[] = await review.database.dataSource.query('SELECT id FROM moderator');
    expect(seen).toHaveLength(rows.length);
    expect(new Set(seen).size).toBe(rows.length);
  });
});

describe('API keys', () => {
  it('are shown once, listed without their secret, and revoked by who may', async () => {
    const make = (body: unknown) =>
      review.send<Body & { key: string; scopes: string[] }>('POST', '/v1/api-keys', {
        headers: admin.headers,
        body,
      });
    const { status, body: made } = await make({ name: 'shop', scopes: ['content:read'] });
    expect(status).toBe(201);
    expect(made.key).toMatch(/^slc_/);
    expect((await make({ name: 'standard' })).body.scopes).not.toContain('content:erase');
    const listed = await review.send('GET', '/v1/api-keys', { headers: admin.headers });
    expect(listed.bytes.toString()).toContain(made.id);
    expect(listed.bytes.toString()).not.toContain(made.key.slice(13));
    for (const wrong of [{ name: 'x', scopes: ['everything'] }, { name: 'x', scopes: [] }, { name: '' }])
      expect((await make(wrong)).body.code).toBe('invalid_request');
    const revoke = () => review.send('DELETE', `/v1/api-keys/${made.id}`, { headers: admin.headers });
    expect((await revoke()).status).toBe(204);
    expect((await revoke()).status).toBe(404);
    const acts = await audited(made.id);
    expect(acts.map(({ act, actorId }) => [act, actorId])).toEqual([
      ['api_key.created', admin.id],
      ['api_key.revoked', admin.id],
    ]);
    expect(JSON.stringify(acts)).not.toContain(made.key);
  });
});
