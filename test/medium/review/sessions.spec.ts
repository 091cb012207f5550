import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createModerator, disableModerator, SessionEntity } from '#libs/database';
import { SessionRepository } from '../../../apps/review/src/sessions/session.repository.js';
import { aModerator, aPassword } from '../../builders/moderator.builder.js';
import { cookieOf, TestReview } from './test-review.js';

interface ProblemBody {
  code: string;
}

describe('sessions', () => {
  let review: TestReview;
  beforeAll(async () => {
    review = await TestReview.start({ SESSION_IDLE_MINUTES: '30', SESSION_HOURS: '8' });
  });
  afterAll(() => review.stop());

  const signIn = (email: string, password: string) =>
    review.send<ProblemBody>('POST', '/v1/session', { body: { email, password } });
  const me = (headers: Record<string, string> = {}) => review.send<ProblemBody>('GET', '/v1/me', { headers });

  it('answers who signed in, whatever the case of the address, and never the password', async () => {
    const { id, email } = await aModerator(review.database.dataSource, {
      email: 'kim@example.org',
      role: 'lead',
    });
    const answer = await signIn('Kim@Example.org', aPassword);
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ id, email, displayName: 'Kim', role: 'lead' });
    expect((await me({ cookie: cookieOf(answer) })).body).toEqual(answer.body);
  });

  it('sets a cookie that scripts cannot read and other sites cannot use', async () => {
    const { email } = await aModerator(review.database.dataSource);
    const cookie = String((await signIn(email, aPassword)).headers['set-cookie']);
    expect(cookie).toMatch(/^sluice=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  });

  it('stores no token that would open a session', async () => {
    const { headers } = await review.signIn();
    const token = headers['cookie']!.split('=')[1]!;
    const rows: { row: string }[] = await review.database.dataSource.query(
      'SELECT session::text AS row FROM session',
    );
    const stored = rows.map(({ row }) => row).join();
    expect(stored).not.toContain(token);
    expect(stored).not.toContain(Buffer.from(token).toString('hex'));
    expect(stored).not.toContain(Buffer.from(token, 'base64url').toString('hex'));
  });

  it('refuses a wrong password, an unknown address and a disabled account with the same words', async () => {
    const { email } = await aModerator(review.database.dataSource);
    const disabled = await aModerator(review.database.dataSource);
    await disableModerator(review.database.dataSource, disabled.email);
    const refusals = [
      await signIn(email, 'wrong'),
      await signIn('nobody@example.org', aPassword),
      await signIn(disabled.email, aPassword),
    ];
    for (const refusal of refusals) {
      expect(refusal.status).toBe(401);
      expect(refusal.body).toEqual(refusals[0]!.body);
      expect(refusal.headers['set-cookie']).toBeUndefined();
    }
  });

  it('needs a session for everything but health, metrics and signing in', async () => {
    expect((await me()).body.code).toBe('unauthorized');
    expect((await me({ cookie: 'sluice=invented' })).status).toBe(401);
    for (const path of ['/v1/cases', '/v1/cases/019b0000-0000-7000-8000-000000000000/image'])
      expect((await review.send('GET', path)).status).toBe(401);
    for (const path of ['/v1/health/live', '/v1/health/ready', '/metrics'])
      expect((await review.send('GET', path)).status).toBe(200);
  });

  it('ends at sign-out', async () => {
    const { headers } = await review.signIn();
    expect((await review.send('DELETE', '/v1/session', { headers })).status).toBe(204);
    expect((await me(headers)).status).toBe(401);
  });

  it('ends when its account is disabled', async () => {
    const { headers, email } = await review.signIn();
    await disableModerator(review.database.dataSource, email);
    expect((await me(headers)).status).toBe(401);
  });

  it('does not come back with an account that is allowed in again', async () => {
    const { headers, email } = await review.signIn();
    await disableModerator(review.database.dataSource, email);
    await review.database.dataSource.query('UPDATE moderator SET disabled_at = NULL WHERE email = $1', [
      email,
    ]);
    expect((await me(headers)).status).toBe(401);
  });

  it('ends when its account gets another password, and no other account’s does', async () => {
    const stolen = await review.signIn();
    const other = await review.signIn();
    await createModerator(review.database.dataSource, {
      email: stolen.email,
      displayName: 'Kim',
      role: 'moderator',
      password: 'another long password',
    });
    expect((await me(stolen.headers)).status).toBe(401);
    expect((await me(other.headers)).status).toBe(200);
    expect((await signIn(stolen.email, 'another long password')).status).toBe(200);
  });

  it('does not begin when the password is changed while it is being checked', async () => {
    const { id, email } = await aModerator(review.database.dataSource);
    const sessions = review.app.get(SessionRepository);
    const asChecked = (await sessions.accountOf(email))!;
    await aModerator(review.database.dataSource, { email });
    expect(await sessions.open(Buffer.from('a token'), asChecked, 8)).toBe(false);
    const opened = review.database.dataSource.getRepository(SessionEntity);
    expect(await opened.countBy({ moderatorId: id })).toBe(0);
  });

  it.each([
    ['after idling for too long', `last_seen_at = now() - interval '31 minutes'`],
    ['at its end, however busy', 'expires_at = now()'],
  ])('ends %s', async (_, change) => {
    const { headers, id } = await review.signIn();
    expect((await me(headers)).status).toBe(200);
    await review.database.dataSource.query(`UPDATE session SET ${change} WHERE moderator_id = $1`, [id]);
    expect((await me(headers)).status).toBe(401);
  });

  it('goes on while it is used', async () => {
    const { headers, id } = await review.signIn();
    const age = (minutes: number) =>
      review.database.dataSource.query(
        'UPDATE session SET last_seen_at = last_seen_at - make_interval(mins => $2) WHERE moderator_id = $1',
        [id, minutes],
      );
    for (let times = 0; times < 3; times++) {
      await age(29);
      expect((await me(headers)).status).toBe(200);
    }
  });

  it('slows down guessing, and says for how long, even when the guess is right at last', async () => {
    const { email } = await aModerator(review.database.dataSource);
    for (let tries = 0; tries < 5; tries++) expect((await signIn(email, 'wrong')).status).toBe(401);
    const refused = await signIn(email, aPassword);
    expect(refused.body.code).toBe('rate_limited');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('forgets the mistakes of somebody who then signs in', async () => {
    const { email } = await aModerator(review.database.dataSource);
    for (let round = 0; round < 3; round++) {
      for (let tries = 0; tries < 3; tries++) await signIn(email, 'wrong');
      expect((await signIn(email, aPassword)).status).toBe(200);
    }
  });

  it('refuses what another site sends in a moderator’s name', async () => {
    const { headers } = await review.signIn();
    const form = { ...headers, 'content-type': 'application/x-www-form-urlencoded' };
    expect((await review.send<ProblemBody>('POST', '/v1/cases/claim', { headers: form })).body.code).toBe(
      'invalid_request',
    );
    const foreign = { ...headers, 'sec-fetch-site': 'cross-site' };
    const answer = await review.send<ProblemBody>('POST', '/v1/cases/claim', { headers: foreign, body: {} });
    expect(answer.body.code).toBe('forbidden');
  });
});

describe('sessions over https', () => {
  it('are held in a cookie that browsers send over https and to this host alone', async () => {
    const review = await TestReview.start({ SECURE_COOKIES: 'true' });
    try {
      const { email } = await aModerator(review.database.dataSource);
      const answer = await review.send('POST', '/v1/session', { body: { email, password: aPassword } });
      expect(String(answer.headers['set-cookie'])).toMatch(
        /^__Host-sluice=.*; Path=\/; HttpOnly; Secure; SameSite=Strict$/,
      );
      expect((await review.send('GET', '/v1/me', { headers: { cookie: cookieOf(answer) } })).status).toBe(
        200,
      );
    } finally {
      await review.stop();
    }
  });
});
