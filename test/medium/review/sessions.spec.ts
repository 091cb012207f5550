import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createModerator, disableModerator, ModeratorEntity, SessionEntity } from '#libs/database';
import { SessionRepository } from '../../../apps/review/src/sessions/session.repository.js';
import { aModerator, aPassword } from '../../builders/moderator.builder.js';
import { type Answer, cookieOf, TestReview } from './test-review.js';

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
    expect(answer.body).toEqual({ id, email, displayName: 'Kim', role: 'lead', duties: [] });
    expect((await me({ cookie: cookieOf(answer) })).body).toEqual(answer.body);
  });

  it('sets a cookie that scripts cannot read and other sites cannot use', async () => {
    const { email } = await aModerator(review.database.dataSource);
    const cookie = String((await signIn(email, aPassword)).headers['set-cookie']);
    expect(cookie).toMatch(/^sluice=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Strict$/);
  });

  it('are shown in answers that no cache keeps, and no browser takes for something else', async () => {
    const { headers } = await review.signIn();
    for (const answer of [await me(headers), await me()])
      expect(answer.headers).toMatchObject({
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
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
    const accounts = review.database.dataSource.getRepository(ModeratorEntity);
    const asChecked = await accounts.findOneByOrFail({ email });
    await aModerator(review.database.dataSource, { email });
    const how = { hours: 8, method: 'password', address: '127.0.0.1', userAgent: null } as const;
    expect(
      await review.app.get(SessionRepository).open(Buffer.from('a token'), asChecked, how),
    ).toBeUndefined();
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

  describe('whose token is replaced', () => {
    const makeOld = (id: string, minutes: number) =>
      review.database.dataSource.query(
        'UPDATE session SET rotated_at = rotated_at - make_interval(mins => $2) WHERE moderator_id = $1',
        [id, minutes],
      );
    /** The answer's new cookie, where it has one. */
    const replaced = (answer: Answer<unknown>): Record<string, string> | undefined =>
      answer.headers['set-cookie'] === undefined ? undefined : { cookie: cookieOf(answer) };

    it('keep it for a quarter of an hour, then get another with whatever is asked next', async () => {
      const { headers, id } = await review.signIn();
      await makeOld(id, 14);
      expect(replaced(await me(headers))).toBeUndefined();
      await makeOld(id, 2);
      const next = replaced(await me(headers));
      expect(next).toBeDefined();
      expect(next).not.toEqual(headers);
      expect((await me(next)).status).toBe(200);
    });

    it('lose none of the requests that are under way at that moment, and are replaced once', async () => {
      const { headers, id } = await review.signIn();
      await me(headers);
      await makeOld(id, 16);
      const answers = await Promise.all(Array.from({ length: 8 }, () => me(headers)));
      expect(answers.map(({ status }) => status)).toEqual(Array(8).fill(200));
      expect(answers.filter((answer) => replaced(answer) !== undefined)).toHaveLength(1);
      const next = answers.map(replaced).find((each) => each !== undefined);
      expect((await me(next)).status).toBe(200);
      expect((await me(headers)).status).toBe(200);
    });

    it('are not lost with an answer that never arrived', async () => {
      const { headers, id } = await review.signIn();
      await makeOld(id, 16);
      const lost = replaced(await me(headers));
      await makeOld(id, 1);
      const again = replaced(await me(headers));
      expect(again).toBeDefined();
      expect(again).not.toEqual(lost);
      expect((await me(lost)).status).toBe(401);
      expect((await me(again)).status).toBe(200);
    });

    it('end for everybody when a replaced token turns up again: two hold it', async () => {
      const { headers, id } = await review.signIn();
      await makeOld(id, 16);
      const next = replaced(await me(headers));
      await me(next);
      await makeOld(id, 1);
      expect((await me(headers)).status).toBe(401);
      expect((await me(next)).status).toBe(401);
      expect(await audited('session.ended')).toContainEqual(
        expect.objectContaining({ moderatorId: id, why: expect.stringContaining('used again') }),
      );
    });

    it('go on at sign-out with either token, and end', async () => {
      const { headers, id } = await review.signIn();
      await makeOld(id, 16);
      const next = replaced(await me(headers));
      await review.send('DELETE', '/v1/session', { headers });
      expect((await me(next)).status).toBe(401);
    });
  });

  const audited = async (act: string): Promise<Record<string, unknown>[]> => {
    const rows: { details: Record<string, unknown> }[] = await review.database.dataSource.query(
      'SELECT details FROM audit_entry WHERE act = $1 ORDER BY id',
      [act],
    );
    return rows.map(({ details }) => details);
  };

  it('are seen by their owner alone, who may end each of them', async () => {
    const { headers, email } = await review.signIn();
    const other = await review.signIn();
    const second = { cookie: cookieOf(await signIn(email, aPassword)) };
    const list = async () =>
      (
        await review.send<{ sessions: { id: string; isThisOne: boolean; method: string }[] }>(
          'GET',
          '/v1/me/sessions',
          { headers },
        )
      ).body.sessions;
    const sessions = await list();
    expect(sessions).toHaveLength(2);
    expect(sessions.filter(({ isThisOne }) => isThisOne)).toHaveLength(1);
    const { id } = sessions.find(({ isThisOne }) => !isThisOne)!;
    const end = (as: Record<string, string>) =>
      review.send('DELETE', `/v1/me/sessions/${id}`, { headers: as });
    expect((await end(other.headers)).status).toBe(404);
    expect((await me(second)).status).toBe(200);
    expect((await end(headers)).status).toBe(204);
    expect((await me(second)).status).toBe(401);
    expect(await list()).toHaveLength(1);
  });

  it('are audited from their opening to their end, refusals too, and never with a secret', async () => {
    const { headers, id, email } = await review.signIn();
    await signIn(email, 'a wrong password');
    await signIn('stranger@example.org', 'a strange password');
    await review.send('DELETE', '/v1/session', { headers });
    const rows: { act: string; actor_id: string | null; subject_id: string; details: unknown }[] =
      await review.database.dataSource.query(
        `SELECT act, actor_id, subject_id, details FROM audit_entry WHERE subject_kind <> 'case' ORDER BY id`,
      );
    const of = (act: string) => rows.filter((row) => row.act === act);
    expect(of('session.opened')).toContainEqual(
      expect.objectContaining({ actor_id: id, details: { method: 'password', address: '127.0.0.1' } }),
    );
    expect(of('session.refused')).toContainEqual(
      expect.objectContaining({ subject_id: id, details: { why: 'wrong password', address: '127.0.0.1' } }),
    );
    expect(of('session.refused')).toContainEqual(
      expect.objectContaining({
        subject_id: '127.0.0.1',
        details: expect.objectContaining({ why: 'no such account' }),
      }),
    );
    expect(of('session.ended')).toContainEqual(
      expect.objectContaining({ actor_id: id, details: { moderatorId: id, why: 'signed out' } }),
    );
    const everything = JSON.stringify(rows);
    for (const secret of [
      'a wrong password',
      'a strange password',
      aPassword,
      headers['cookie']!.split('=')[1]!,
    ])
      expect(everything).not.toContain(secret);
  });

  it('are found by an index with each request, however many there are', async () => {
    const { dataSource } = review.database;
    const { id } = await aModerator(dataSource);
    await dataSource.query(
      `INSERT INTO session (id, token_hash, previous_token_hash, moderator_id, method, expires_at)
       SELECT gen_random_uuid(), sha256(('new' || n)::bytea), sha256(('old' || n)::bytea), $1, 'password',
              now() + interval '1 hour'
       FROM generate_series(1, 20000) AS n`,
      [id],
    );
    await dataSource.query('ANALYZE session');
    const plan: unknown = await dataSource.query(
      `EXPLAIN (FORMAT JSON) SELECT * FROM session WHERE token_hash = $1 OR previous_token_hash = $1`,
      [Buffer.alloc(32)],
    );
    const text = JSON.stringify(plan);
    expect(text).toContain('session_token_hash_key');
    expect(text).toContain('session_previous_token_hash_key');
    expect(text).not.toContain('Seq Scan');
    await dataSource.query('DELETE FROM session WHERE moderator_id = $1', [id]);
  });

  it('slows down guessing, and says for how long, even when the guess is right at last', async () => {
    const { email } = await aModerator(review.database.dataSource);
    for (let tries = 0; tries < 5; tries++) expect((await signIn(email, 'wrong')).status).toBe(401);
    const refused = await signIn(email, aPassword);
    expect(refused.body.code).toBe('rate_limited');
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
  });

  it('slows down guessing on all instances together, and keeps neither address in the clear', async () => {
    const { email } = await aModerator(review.database.dataSource);
    const another = await TestReview.start({}, { beside: review });
    try {
      for (let tries = 0; tries < 5; tries++) {
        const instance = tries % 2 === 0 ? review : another;
        const answer = await instance.send('POST', '/v1/session', { body: { email, password: 'wrong' } });
        expect(answer.status).toBe(401);
      }
      for (const instance of [review, another]) {
        const answer = await instance.send('POST', '/v1/session', { body: { email, password: aPassword } });
        expect(answer.status).toBe(429);
      }
    } finally {
      await another.stop();
    }
    const rows: { key: string }[] = await review.database.dataSource.query('SELECT key FROM login_try');
    expect(rows.length).toBeGreaterThan(0);
    expect(JSON.stringify(rows)).not.toMatch(/example|127\.0/);
    expect((await audited('session.refused')).filter(({ why }) => why === 'too many tries')).not.toHaveLength(
      0,
    );
  });

  it('takes the addresses of one IPv6 network for one, since whoever has one has all', async () => {
    const { email } = await aModerator(review.database.dataSource);
    const from = async (remoteAddress: string): Promise<number> => {
      const payload = { email, password: 'wrong' };
      return (await review.app.inject({ method: 'POST', url: '/v1/session', remoteAddress, payload }))
        .statusCode;
    };
    for (let tries = 0; tries < 5; tries++) expect(await from(`2001:db8:0:7::${tries}`)).toBe(401);
    expect(await from('2001:db8:0:7:ffff::1')).toBe(429);
    expect(await from('2001:db8:0:8::1')).toBe(401);
    for (let tries = 0; tries < 5; tries++) expect(await from('::ffff:192.0.2.1')).toBe(401);
    expect(await from('192.0.2.1')).toBe(429);
    expect(await from('192.0.2.2')).toBe(401);
  });

  it.each([
    ['false', '203.0.113.9, 198.51.100.7', '127.0.0.1'],
    ['true', '203.0.113.9, 198.51.100.7', '198.51.100.7'],
    ['2', '203.0.113.9, 198.51.100.7', '203.0.113.9'],
    ['2', 'spoofed, 203.0.113.9, 198.51.100.7', '203.0.113.9'],
    ['true', `203.0.113.9, ${'x'.repeat(4000)}`, '127.0.0.1'],
  ])('with TRUST_PROXY=%s and %.40s come from %s', async (trust, forwarded, address) => {
    const behind = await TestReview.start({ TRUST_PROXY: trust }, { beside: review });
    try {
      const { id, email } = await aModerator(review.database.dataSource);
      const answer = await behind.send('POST', '/v1/session', {
        body: { email, password: aPassword },
        headers: { 'x-forwarded-for': forwarded },
      });
      expect(answer.status).toBe(200);
      const sessions = review.database.dataSource.getRepository(SessionEntity);
      expect(await sessions.findOneByOrFail({ moderatorId: id })).toMatchObject({ address });
    } finally {
      await behind.stop();
    }
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
