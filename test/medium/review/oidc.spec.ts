import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { disableModerator, ModeratorEntity, type ModeratorRole } from '#libs/database';
import { aModerator } from '../../builders/moderator.builder.js';
import { IdentityProvider } from './identity-provider.js';
import { type Answer, TestReview } from './test-review.js';

interface Body {
  code: string;
  id: string;
  role: ModeratorRole;
  displayName: string;
}

const redirectUrl = 'http://127.0.0.1:8082/v1/session/oidc/callback';

let provider: IdentityProvider;
let review: TestReview;
let linking: TestReview;
const settings = () => ({
  OIDC_ISSUER: provider.issuer,
  OIDC_CLIENT_ID: 'sluice',
  OIDC_CLIENT_SECRET: 'a secret between the two',
  OIDC_REDIRECT_URL: redirectUrl,
  OIDC_ROLE_CLAIM: 'groups',
  OIDC_ROLE_MAP: 'ts=moderator,ts-leads=lead,ts-admins=admin',
});
beforeAll(async () => {
  provider = await IdentityProvider.start(redirectUrl);
  review = await TestReview.start(settings());
  linking = await TestReview.start(
    { ...settings(), OIDC_LINK_VERIFIED_EMAIL: 'true', OIDC_ROLE_CLAIM: '' },
    { beside: review },
  );
});
afterAll(async () => {
  await linking.stop();
  await review.stop();
  await provider.stop();
});

const cookiesOf = ({ headers }: Answer<unknown>): string[] =>
  [(headers['set-cookie'] ?? []) as string | string[]].flat().map((cookie) => cookie.split(';')[0]!);

const begin = async (at = review) => {
  const answer = await at.send('GET', '/v1/session/oidc');
  expect(answer.status).toBe(303);
  return { url: String(answer.headers['location']), cookie: cookiesOf(answer)[0]! };
};

const finish = (query: string, cookie: string | undefined, at = review) =>
  at.send<Body>('GET', `/v1/session/oidc/callback${query}`, { headers: cookie ? { cookie } : {} });

const signIn = async (subject: string | undefined, at = review): Promise<Answer<Body>> => {
  const { url, cookie } = await begin(at);
  return finish(await provider.signIn(url, subject), cookie, at);
};

const me = async (signedIn: Answer<unknown>): Promise<Answer<Body>> => {
  const cookie = cookiesOf(signedIn).find((each) => each.startsWith('sluice='));
  return review.send<Body>('GET', '/v1/me', { headers: cookie ? { cookie } : {} });
};

describe('signing in by an identity provider', () => {
  let email: string;
  let subject: string;
  const kim = (more: Record<string, unknown> = {}) =>
    provider.knows({
      [subject]: { name: 'Kim', email, email_verified: true, groups: ['all', 'ts'], ...more },
    });
  beforeEach(async () => {
    subject = randomUUID();
    email = `${subject}@example.org`;
    await kim();
  });

  it('makes an account at first with the role of the claim, and finds it again, whatever the address is then', async () => {
    const first = await signIn(subject);
    expect({ status: first.status, to: first.headers['location'] }).toEqual({ status: 303, to: '/' });
    const { body } = await me(first);
    expect(body).toMatchObject({ role: 'moderator', displayName: 'Kim' });
    await kim({ email: 'renamed@example.org', groups: ['ts-leads', 'ts'] });
    const again = await me(await signIn(subject));
    expect(again.body).toMatchObject({ id: body.id, role: 'lead' });
  });

  it('sends nobody to the provider without PKCE, state and nonce, each time others', async () => {
    const [one, another] = [new URL((await begin()).url), new URL((await begin()).url)];
    expect(one.searchParams.get('code_challenge_method')).toBe('S256');
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(one.searchParams.get(name)).toMatch(/^[\w-]{43}$/);
      expect(one.searchParams.get(name)).not.toBe(another.searchParams.get(name));
    }
  });

  it('opens nothing for a browser that did not begin it, nor with the answer to another sign-in', async () => {
    const { url, cookie } = await begin();
    const query = await provider.signIn(url, subject);
    const stranger = await begin();
    for (const answer of [await finish(query, undefined), await finish(query, stranger.cookie)]) {
      expect(answer.status).toBe(401);
      expect((await me(answer)).status).toBe(401);
    }
    expect((await finish(query, cookie)).status).toBe(303);
  });

  it('counts tries with made-up answers, and writes few of them down', async () => {
    const pending = { state: 'x', nonce: 'x', codeVerifier: 'x'.repeat(43) };
    const madeUp = `sluice-oidc=${Buffer.from(JSON.stringify(pending)).toString('base64url')}`;
    const address = `2001:db8::${randomUUID().slice(0, 4)}`;
    const from = async (remoteAddress: string, cookie: string, query: string): Promise<number> =>
      (
        await review.app.inject({
          url: `/v1/session/oidc/callback${query}`,
          remoteAddress,
          headers: { cookie },
        })
      ).statusCode;
    const { url, cookie } = await begin();
    const query = await provider.signIn(url, subject);
    const statuses: number[] = [];
    for (let tries = 0; tries < 110; tries++)
      statuses.push(await from(`2001:db8::${tries}`, madeUp, '?state=x&error=access_denied'));
    expect(statuses.filter((status) => status === 401)).toHaveLength(100);
    expect(new Set(statuses.slice(100))).toEqual(new Set([429]));
    expect(await from(address, cookie, query)).toBe(429);
    expect(await from('2001:db8:1::1', cookie, query)).toBe(303);
    const rows: { why: string }[] = await review.database.dataSource.query(
      `SELECT details->>'why' AS why FROM audit_entry
       WHERE act = 'session.refused' AND details->>'address' LIKE '2001:db8::%'`,
    );
    expect(rows).toHaveLength(101);
    expect(rows.filter(({ why }) => why === 'too many tries')).toHaveLength(1);
  });

  it('lets in as many people behind one address as come', async () => {
    const counted = async (): Promise<number> => {
      const rows: { points: string }[] = await review.database.dataSource.query(
        `SELECT coalesce(sum(points), 0) AS points FROM login_try WHERE key LIKE 'address:%'`,
      );
      return Number(rows[0]!.points);
    };
    const before = await counted();
    for (let times = 0; times < 3; times++) expect((await signIn(subject)).status).toBe(303);
    expect(await counted()).toBe(before);
  });

  it('cuts a name that is too long where a character ends', async () => {
    await kim({ name: `${'x'.repeat(99)}\u{1F984}` });
    expect((await me(await signIn(subject))).body.displayName).toBe('x'.repeat(99));
  });

  it('takes an answer once', async () => {
    const { url, cookie } = await begin();
    const query = await provider.signIn(url, subject);
    expect((await finish(query, cookie)).status).toBe(303);
    expect((await finish(query, cookie)).status).toBe(401);
  });

  it('opens nothing for somebody who turns back', async () => {
    const answer = await signIn(undefined);
    expect(answer.body.code).toBe('unauthorized');
  });

  it.each([
    ['has no role here', { groups: ['all'] }],
    ['has no verified address', { email_verified: false }],
  ])('refuses an unknown person who %s', async (_, claims) => {
    await kim(claims);
    const answer = await signIn(subject);
    expect(answer.body.code).toBe('forbidden');
    expect(cookiesOf(answer).some((cookie) => cookie.startsWith('sluice='))).toBe(false);
    const accounts = review.database.dataSource.getRepository(ModeratorEntity);
    expect(await accounts.countBy({ email })).toBe(0);
  });

  it('gives nobody an account by its address alone, unless that is configured and the address verified', async () => {
    const account = await aModerator(review.database.dataSource, { email, role: 'senior' });
    expect((await signIn(subject)).body.code).toBe('forbidden');
    await kim({ email_verified: false });
    expect((await signIn(subject, linking)).body.code).toBe('forbidden');
    await kim();
    expect((await me(await signIn(subject, linking))).body).toMatchObject({ id: account.id, role: 'senior' });
    await kim({ email: undefined, email_verified: undefined });
    expect((await me(await signIn(subject, linking))).body).toMatchObject({ id: account.id });
  });

  it('makes no account where the provider has no say in roles', async () => {
    expect((await signIn(subject, linking)).body.code).toBe('forbidden');
  });

  it('refuses an account that was disabled here', async () => {
    await signIn(subject);
    await disableModerator(review.database.dataSource, email);
    expect((await signIn(subject)).body.code).toBe('forbidden');
  });

  it('lets no provider take the last admin’s role', async () => {
    await kim({ groups: ['ts-admins'] });
    expect((await me(await signIn(subject))).body.role).toBe('admin');
    await kim({ groups: ['ts'] });
    expect((await me(await signIn(subject))).body.role).toBe('admin');
    await aModerator(review.database.dataSource, { role: 'admin' });
    expect((await me(await signIn(subject))).body.role).toBe('moderator');
  });

  it('is audited, with who was linked and how the session began', async () => {
    const { body } = await me(await signIn(subject));
    const rows: { act: string }[] = await review.database.dataSource.query(
      `SELECT act FROM audit_entry WHERE subject_id = $1 OR actor_id::text = $1 ORDER BY id`,
      [body.id],
    );
    expect(rows.map(({ act }) => act)).toEqual([
      'moderator.created',
      'moderator.identity_linked',
      'session.opened',
    ]);
  });
});

describe('an identity provider', () => {
  it('that is not configured is not found', async () => {
    const without = await TestReview.start();
    try {
      expect((await without.send('GET', '/v1/session/oidc')).status).toBe(404);
      expect((await without.send('GET', '/v1/session/oidc/callback')).status).toBe(404);
    } finally {
      await without.stop();
    }
  });

  it('that does not answer keeps nobody from a password, and is asked again', async () => {
    const gone = await IdentityProvider.start(redirectUrl);
    await gone.stop();
    const other = await TestReview.start({ ...settings(), OIDC_ISSUER: gone.issuer });
    try {
      for (let times = 0; times < 2; times++) {
        const answer = await other.send<Body>('GET', '/v1/session/oidc');
        expect(answer.body.code).toBe('unavailable');
      }
      expect((await other.send('GET', '/v1/me', { headers: (await other.signIn()).headers })).status).toBe(
        200,
      );
    } finally {
      await other.stop();
    }
  });
});
