import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, Get } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { createModerator, moderatorRoles } from '#libs/database';
import { type ApiScope, apiScopes } from '#libs/domain';
import { AccessGuard } from '../../../apps/review/src/access/access.guard.js';
import { Access, type AccessRule } from '../../../apps/review/src/access/access.js';
import { CallerService } from '../../../apps/review/src/access/caller.service.js';
import { aPassword } from '../../builders/moderator.builder.js';
import { eventually } from '../eventually.js';
import { collectServed, declaredRules, documentedRules, type RouteRules } from './routes.js';
import { cookieOf, TestReview } from './test-review.js';

interface ProblemBody {
  code: string;
  detail: string;
}
type Headers = Record<string, string>;
type Method = Parameters<TestReview['send']>[0];

/** Routes that every app has, open by their paths. */
const ofThePlatform = ['GET /docs/*', 'GET /metrics', 'GET /v1/health/live', 'GET /v1/health/ready'];
const carriesBody = new Set(['POST', 'PUT', 'PATCH']);

/** Somebody who calls every route, and whether a rule is for them. */
interface TestCaller {
  name: string;
  headers(): Headers | Promise<Headers>;
  isMeant(rule: Exclude<AccessRule, 'public'>): boolean;
}

let review: TestReview;
let served: Set<string>;
let declared: RouteRules;
let documented: RouteRules;
beforeAll(async () => {
  review = await TestReview.start({}, { prepare: (app) => (served = collectServed(app)) });
  declared = declaredRules(review.app);
  documented = await documentedRules();
});
afterAll(() => review.stop());

/** With ids that nobody has and a body that says nothing: who is let in meets 404 or 400, and changes little. */
const call = (route: string, headers: Headers) => {
  const [method, path] = route.split(' ') as [Method, string];
  const url = path.replace(/\{\w+\}/g, () => randomUUID());
  return review.send<ProblemBody>(method, url, { headers, ...(carriesBody.has(method) ? { body: {} } : {}) });
};

describe('the table in docs/access.md', () => {
  it('has every route that is served, and no other', () => {
    expect([...documented.keys()].sort()).toEqual([...served].sort());
  });

  it('says of each what its @Access says', () => {
    const differing = [...served].filter((route) => {
      const { rule, isBeforeDuties } = declared.get(route) ?? {};
      const expected = ofThePlatform.includes(route) ? 'public' : rule;
      return (
        JSON.stringify(documented.get(route)?.rule) !== JSON.stringify(expected) ||
        documented.get(route)?.isBeforeDuties !== (isBeforeDuties ?? false)
      );
    });
    expect(differing).toEqual([]);
  });
});

describe('the description at /docs', () => {
  it('names every route of the table that programs call', async () => {
    const { status, body } = await review.send<{ paths: Record<string, object> }>('GET', '/docs/json');
    expect(status).toBe(200);
    const described = Object.entries(body.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const called = [...documented.keys()].filter((route) => route.split(' ')[1]!.startsWith('/v1/'));
    expect(described.sort()).toEqual(called.sort());
  });
});

describe('every route', () => {
  const rank = (role: (typeof moderatorRoles)[number]): number => moderatorRoles.indexOf(role);

  const people = (): TestCaller[] =>
    moderatorRoles.map((role) => {
      let session: Promise<{ headers: Headers }> | undefined;
      return {
        name: role,
        headers: async () => (await (session ??= review.signIn({ role }))).headers,
        isMeant: (rule) => rule.role !== undefined && rank(role) >= rank(rule.role),
      };
    });

  const services = async (): Promise<TestCaller[]> => {
    const keyOf = async (name: string, scopes: ApiScope[]): Promise<TestCaller> => {
      const { headers } = await review.apiKey(...scopes);
      return {
        name,
        headers: () => headers,
        isMeant: ({ scope }) => scope !== undefined && scopes.includes(scope),
      };
    };
    const single = await Promise.all(apiScopes.map((scope) => keyOf(`a key for ${scope}`, [scope])));
    return [...single, await keyOf('a key for everything', [...apiScopes])];
  };

  const nobodies: TestCaller[] = [
    { name: 'nobody', headers: () => ({}), isMeant: () => false },
    { name: 'an invented session', headers: () => ({ cookie: 'sluice=invented' }), isMeant: () => false },
    {
      name: 'an invented key',
      headers: () => ({ authorization: `Bearer slc_01234567_${'A'.repeat(43)}` }),
      isMeant: () => false,
    },
  ];

  it('lets in whom the table names, and refuses everybody else', async () => {
    const callers = [...people(), ...(await services()), ...nobodies];
    const wrong: string[] = [];
    let cells = 0;
    // Signing out last: it ends the sessions that the other calls need.
    const routes = [...served].sort((a, b) => Number(endsSession(a)) - Number(endsSession(b)));
    for (const route of routes) {
      const rule = documented.get(route)?.rule;
      if (rule === undefined) wrong.push(`${route} is missing from the table`);
      if (rule === undefined) continue;
      for (const caller of callers) {
        const { status } = await call(route, await caller.headers());
        const isLetIn = status !== 401 && status !== 403;
        const isMeant = rule === 'public' || caller.isMeant(rule);
        cells++;
        if (isLetIn !== isMeant) wrong.push(`${route} answers ${status} to ${caller.name}`);
        if (status >= 500 && status !== 503) wrong.push(`${route} fails with ${status} for ${caller.name}`);
      }
    }
    process.stdout.write(`route × caller: ${cells} cells, ${routes.length} routes, ${wrong.length} wrong\n`);
    expect(wrong).toEqual([]);
  }, 300_000);

  it('but their own account is shut to who has a duty to do first', async () => {
    const email = `${randomUUID()}@example.org`;
    await createModerator(review.database.dataSource, {
      ...{ email, displayName: 'Kim', role: 'admin', password: aPassword },
      mustChangePassword: true,
    });
    const credentials = { body: { email, password: aPassword } };
    const cookie = cookieOf(await review.send('POST', '/v1/session', credentials));
    const forPeople = [...served].filter((route) => {
      const rule = documented.get(route)?.rule;
      return typeof rule === 'object' && rule.role !== undefined;
    });
    for (const route of forPeople) {
      const { status } = await call(route, { cookie });
      const isOpen = documented.get(route)!.isBeforeDuties;
      expect({ route, isLetIn: status !== 401 && status !== 403 }).toEqual({ route, isLetIn: isOpen });
    }
  });
});

const endsSession = (route: string): boolean => route === 'DELETE /v1/session';

describe('a caller', () => {
  it('with a session and a key counts as the service, and with a wrong key as nobody', async () => {
    const admin = await review.signIn({ role: 'admin' });
    const key = await review.apiKey('content:read');
    const both = await call('GET /v1/moderators', { ...admin.headers, ...key.headers });
    expect(both.body).toMatchObject({ code: 'forbidden' });
    const wrong = await call('GET /v1/moderators', { ...admin.headers, authorization: 'Bearer slc_x' });
    expect(wrong.body).toMatchObject({ code: 'unauthorized' });
  });

  it('whose key is revoked is refused about a second later', async () => {
    const admin = await review.signIn({ role: 'admin' });
    const scoped = [...documented].find(([, { rule }]) => typeof rule === 'object' && rule.scope);
    const [route, { rule }] = scoped!;
    const key = await review.apiKey((rule as { scope: ApiScope }).scope);
    expect([401, 403]).not.toContain((await call(route, key.headers)).status);
    expect((await review.send('DELETE', `/v1/api-keys/${key.id}`, { headers: admin.headers })).status).toBe(
      204,
    );
    await eventually(async () => expect((await call(route, key.headers)).status).toBe(401), 5_000);
  });
});

describe('a route that names nobody', () => {
  @Controller()
  class Forgetful {
    @Get('forgotten')
    forgotten(): string {
      return 'secret';
    }

    @Access({})
    @Get('for-none')
    forNone(): string {
      return 'secret';
    }
  }

  it('is shut, even to an admin', async () => {
    const guard = new AccessGuard(new Reflector(), review.app.get(CallerService));
    const admin = await review.signIn({ role: 'admin' });
    const contextOf = (handler: () => unknown) => ({
      getHandler: () => handler,
      getClass: () => Forgetful,
      switchToHttp: () => ({
        getRequest: () => ({
          routeOptions: { url: '/forgotten' },
          headers: {},
          cookies: { sluice: admin.headers['cookie']!.split('=')[1] },
        }),
        getResponse: () => ({ setCookie: () => undefined }),
      }),
    });
    // eslint-disable-next-line @typescript-eslint/unbound-method -- only their metadata is read
    for (const handler of [Forgetful.prototype.forgotten, Forgetful.prototype.forNone])
      await expect(guard.canActivate(contextOf(handler) as never)).rejects.toMatchObject({
        code: 'forbidden',
      });
  });
});
