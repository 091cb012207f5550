import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Secret, TOTP } from 'otpauth';
import { ModeratorEntity } from '#libs/database';
import { SessionRepository } from '../../../apps/review/src/sessions/session.repository.js';
import { readReviewConfig } from '../../../apps/review/src/review-config.js';
import { aModerator, aPassword } from '../../builders/moderator.builder.js';
import { type Answer, cookieOf, TestReview } from './test-review.js';

interface Body {
  code: string;
  secondFactor?: string;
  duty?: string;
  duties: string[];
  secret: string;
  uri: string;
  recoveryCodes: string[];
}
type Headers = Record<string, string>;

const secretsKey = randomBytes(32).toString('base64');

let review: TestReview;
beforeAll(async () => {
  review = await TestReview.start({ SECRETS_KEY: secretsKey, REQUIRE_TOTP_FOR: 'lead, admin' });
});
afterAll(() => review.stop());

/** Codes belong to half a minute: the tests' clock moves by as much as they need. */
const later = (seconds: number): void => {
  const now = Date.now() + seconds * 1000;
  jest.spyOn(Date, 'now').mockReturnValue(now);
};
afterAll(() => void jest.restoreAllMocks());

const post = (path: string, headers: Headers, body: unknown = {}) =>
  review.send<Body>('POST', path, { headers, body });
const signIn = (email: string, totp?: string) =>
  post('/v1/session', {}, { email, password: aPassword, ...(totp === undefined ? {} : { totp }) });
const me = (headers: Headers) => review.send<Body>('GET', '/v1/me', { headers });
const codeOf = (secret: string): string =>
  new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() });
const cookieIn = (answer: Answer<unknown>): Headers => ({ cookie: cookieOf(answer) });

/** Somebody with a second factor. Their clock is a step further afterwards, so that the next code is another one. */
const enrolled = async () => {
  const person = await review.signIn();
  const { secret } = (await post('/v1/me/totp', person.headers)).body;
  const confirmed = await post('/v1/me/totp/confirm', person.headers, { code: codeOf(secret) });
  expect(confirmed.status).toBe(200);
  later(30);
  return { ...person, secret, headers: cookieIn(confirmed), recoveryCodes: confirmed.body.recoveryCodes };
};

describe('a second factor', () => {
  it('counts only once a code of it was sent back', async () => {
    const { headers, email } = await review.signIn();
    const begun = await post('/v1/me/totp', headers);
    expect(begun.body.uri).toMatch(/^otpauth:\/\/totp\/Sluice:.*secret=/);
    expect((await post('/v1/me/totp/confirm', headers, { code: '000000' })).status).toBe(400);
    expect((await signIn(email)).status).toBe(200);
  });

  it('ends the other sessions, which did without it, and gives this one another token', async () => {
    const { headers, email } = await review.signIn();
    const other = cookieIn(await signIn(email));
    const { secret } = (await post('/v1/me/totp', headers)).body;
    const confirmed = await post('/v1/me/totp/confirm', headers, { code: codeOf(secret) });
    expect((await me(other)).status).toBe(401);
    expect((await me(headers)).status).toBe(401);
    expect((await me(cookieIn(confirmed))).status).toBe(200);
  });

  it('is asked for after the right password only, and said to be', async () => {
    const { email, secret } = await enrolled();
    const wrong = await post('/v1/session', {}, { email, password: 'wrong', totp: codeOf(secret) });
    expect(wrong.body.secondFactor).toBeUndefined();
    const first = await signIn(email);
    expect(first.status).toBe(401);
    expect(first.headers['set-cookie']).toBeUndefined();
    expect(first.body).toMatchObject({ code: 'unauthorized', secondFactor: 'required' });
    expect((await signIn(email, '000000')).body.secondFactor).toBe('wrong');
    const second = await signIn(email, codeOf(secret));
    expect(second.status).toBe(200);
    expect((await me(cookieIn(second))).status).toBe(200);
  });

  it('takes a code once, of many requests with it at once, and none from before it', async () => {
    const { email, secret } = await enrolled();
    const earlier = codeOf(secret);
    later(30);
    const code = codeOf(secret);
    const answers = await Promise.all([signIn(email, code), signIn(email, code), signIn(email, code)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 401, 401]);
    expect((await signIn(email, earlier)).body.secondFactor).toBe('wrong');
  });

  it('is replaced by a recovery code, which counts once, however it is typed', async () => {
    const { email, recoveryCodes } = await enrolled();
    expect(recoveryCodes).toHaveLength(10);
    const typed = recoveryCodes[0]!.toLowerCase().replaceAll('-', ' ');
    expect((await signIn(email, typed)).status).toBe(200);
    expect((await signIn(email, recoveryCodes[0])).status).toBe(401);
    expect((await signIn(email, recoveryCodes[1])).status).toBe(200);
  });

  it('gets new recovery codes against a code, and the old ones count no more', async () => {
    const { email, headers, secret, recoveryCodes } = await enrolled();
    expect((await post('/v1/me/totp/recovery-codes', headers, { code: '000000' })).status).toBe(400);
    const fresh = await post('/v1/me/totp/recovery-codes', headers, { code: codeOf(secret) });
    expect((await signIn(email, recoveryCodes[0])).status).toBe(401);
    expect((await signIn(email, fresh.body.recoveryCodes[0])).status).toBe(200);
  });

  it('is removed against a code by its owner, and by an admin without', async () => {
    const own = await enrolled();
    expect((await post('/v1/me/totp/remove', own.headers, { code: '000000' })).status).toBe(400);
    expect((await post('/v1/me/totp/remove', own.headers, { code: codeOf(own.secret) })).status).toBe(204);
    expect((await signIn(own.email)).status).toBe(200);

    const lost = await enrolled();
    const admin = await enrolled();
    await review.database.dataSource.query(`UPDATE moderator SET role = 'admin' WHERE id = $1`, [admin.id]);
    const remove = () => review.send('DELETE', `/v1/moderators/${lost.id}/totp`, { headers: admin.headers });
    expect((await remove()).status).toBe(204);
    expect((await remove()).status).toBe(404);
    expect((await signIn(lost.email)).status).toBe(200);
  });

  it('cannot be replaced by another while it is there', async () => {
    const { headers } = await enrolled();
    expect((await post('/v1/me/totp', headers)).body.code).toBe('conflict');
    expect((await post('/v1/me/totp/confirm', headers, { code: '000000' })).body.code).toBe('conflict');
  });

  it('is shut for an hour after ten wrong codes, to the right one too', async () => {
    const { email, secret } = await enrolled();
    for (let tries = 0; tries < 10; tries++) {
      expect((await signIn(email, '000000')).status).toBe(401);
      // Somebody who guesses from many addresses: not stopped by the limit on one.
      await review.database.dataSource.query(`DELETE FROM login_try WHERE key LIKE 'pair:%'`);
    }
    const refused = await signIn(email, codeOf(secret));
    expect(refused.body.code).toBe('rate_limited');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(3_000);
  });

  it('must be set up first by the roles that the configuration names', async () => {
    const { headers, email } = await review.signIn({ role: 'lead' });
    expect((await me(headers)).body.duties).toEqual(['second_factor']);
    const shut = await review.send<Body>('GET', '/v1/cases', { headers });
    expect(shut.body).toMatchObject({ code: 'forbidden', duty: 'second_factor' });
    const { secret } = (await post('/v1/me/totp', headers)).body;
    const confirmed = await post('/v1/me/totp/confirm', headers, { code: codeOf(secret) });
    expect((await review.send('GET', '/v1/cases', { headers: cookieIn(confirmed) })).status).toBe(200);
    later(30);
    const again = await signIn(email, codeOf(secret));
    expect(again.body.duties).toEqual([]);
  });

  it.each([
    ['by its owner', 'own'],
    ['by an admin', 'admin'],
  ])('that is removed %s must be set up again in the session that it opened', async (_, by) => {
    const person = await enrolled();
    await review.database.dataSource.query(`UPDATE moderator SET role = 'lead' WHERE id = $1`, [person.id]);
    expect((await me(person.headers)).body.duties).toEqual([]);
    const boss = await enrolled();
    await review.database.dataSource.query(`UPDATE moderator SET role = 'admin' WHERE id = $1`, [boss.id]);
    const { status } =
      by === 'own'
        ? await post('/v1/me/totp/remove', person.headers, { code: codeOf(person.secret) })
        : await review.send('DELETE', `/v1/moderators/${person.id}/totp`, { headers: boss.headers });
    expect(status).toBe(204);
    expect((await me(person.headers)).body.duties).toEqual(['second_factor']);
    const shut = await review.send<Body>('GET', '/v1/cases', { headers: person.headers });
    expect(shut.body).toMatchObject({ code: 'forbidden', duty: 'second_factor' });
  });

  it('added while somebody signs in with the password alone leaves them without a session', async () => {
    const { id } = await enrolled();
    const { passwordHash } = await review.database.dataSource
      .getRepository(ModeratorEntity)
      .findOneByOrFail({ id });
    const open = (method: 'password' | 'totp') =>
      review.app
        .get(SessionRepository)
        .open(randomBytes(32), { id, passwordHash }, { hours: 1, method, address: '::1', userAgent: null });
    expect(await open('password')).toBeUndefined();
    expect(await open('totp')).toBeDefined();
  });

  it('is stored so that neither its secret nor a recovery code can be read, and audited without them', async () => {
    const { secret, recoveryCodes, id } = await enrolled();
    const rows: { row: string }[] = await review.database.dataSource.query(
      `SELECT row(moderator.*)::text AS row FROM moderator
       UNION ALL SELECT row(recovery_code.*)::text FROM recovery_code
       UNION ALL SELECT row(audit_entry.*)::text FROM audit_entry`,
    );
    const everything = rows.map(({ row }) => row).join('\n');
    const hidden = [secret, Buffer.from(Secret.fromBase32(secret).bytes).toString('hex'), recoveryCodes[0]!];
    for (const text of [...hidden, recoveryCodes[0]!.replaceAll('-', '')])
      expect(everything).not.toContain(text);
    const acts: { act: string }[] = await review.database.dataSource.query(
      `SELECT act FROM audit_entry WHERE subject_id = $1`,
      [id],
    );
    expect(acts.map(({ act }) => act)).toContain('moderator.second_factor_added');
  });

  it('cannot be required without a key to store it, nor set up', async () => {
    const config = { DATABASE_URL: 'postgres://127.0.0.1/x', REQUIRE_TOTP_FOR: 'admin' };
    expect(() => readReviewConfig(config)).toThrow('SECRETS_KEY');
    expect(() => readReviewConfig({ ...config, SECRETS_KEY: secretsKey, REQUIRE_TOTP_FOR: 'boss' })).toThrow(
      'REQUIRE_TOTP_FOR',
    );
    const without = await TestReview.start({}, { beside: review });
    try {
      const { email } = await aModerator(review.database.dataSource);
      const signedIn = await without.send('POST', '/v1/session', { body: { email, password: aPassword } });
      const answer = await without.send<Body>('POST', '/v1/me/totp', {
        headers: cookieIn(signedIn),
        body: {},
      });
      expect(answer.body.code).toBe('unavailable');
    } finally {
      await without.stop();
    }
  });
});
