import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { RequestMethod } from '@nestjs/common';
import { MetadataScanner, ModulesContainer, Reflector } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { moderatorRoles } from '#libs/database';
import { apiScopes } from '#libs/domain';
import { projectRoot } from '#libs/platform';
import { accessRule, type AccessRule, beforeDuties } from '../../../apps/review/src/access/access.js';

/** Who may call a route: by its `@Access`, or by the table in docs/access.md. */
export interface RouteRule {
  rule: AccessRule | undefined;
  isBeforeDuties: boolean;
}

/** By `METHOD /path/{parameter}`. */
export type RouteRules = Map<string, RouteRule>;

const named = (method: string, path: string): string => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`;

/** Collects what Fastify is given to serve, whoever registers it; to be called before that. */
export const collectServed = (app: NestFastifyApplication): Set<string> => {
  const served = new Set<string>();
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRoute', ({ method, url }) => {
      for (const each of [method].flat()) if (each !== 'HEAD') served.add(named(each, url));
    });
  return served;
};

/** What every controller's methods declare. */
export const declaredRules = (app: NestFastifyApplication): RouteRules => {
  const reflector = new Reflector();
  const scanner = new MetadataScanner();
  const rules: RouteRules = new Map();
  const controllers = [...app.get(ModulesContainer).values()].flatMap((module) => [
    ...module.controllers.values(),
  ]);
  for (const { metatype } of controllers) {
    if (typeof metatype !== 'function') continue;
    const prototype = metatype.prototype as Record<string, () => unknown>;
    for (const name of scanner.getAllMethodNames(prototype)) {
      const handler = prototype[name]!;
      const method = reflector.get<RequestMethod | undefined>('method', handler);
      if (method === undefined) continue;
      for (const path of pathsOf(reflector, metatype, handler))
        rules.set(named(RequestMethod[method], path), {
          rule: reflector.getAllAndOverride<AccessRule | undefined>(accessRule, [handler, metatype]),
          isBeforeDuties: reflector.getAllAndOverride<boolean>(beforeDuties, [handler, metatype]) ?? false,
        });
    }
  }
  return rules;
};

const pathsOf = (reflector: Reflector, controller: object, handler: () => unknown): string[] => {
  const [outer, inner] = [controller, handler].map((target) =>
    [reflector.get<string | string[]>('path', target as () => unknown)].flat(),
  ) as [string[], string[]];
  return outer.flatMap((prefix) =>
    inner.map(
      (path) =>
        `/${[prefix, path]
          .map((part) => part.replace(/^\/|\/$/g, ''))
          .filter(Boolean)
          .join('/')}`,
    ),
  );
};

/** `| GET /path | role | scope |`, each in backticks or a dash. */
const row = /^\| `([A-Z]+ \/[^`]*)` +\| (.+?) +\| (.+?) +\|$/;

/** The table in docs/access.md. @throws Error for a row that names no role or scope that there is */
export const documentedRules = async (): Promise<RouteRules> => {
  const page = await readFile(join(projectRoot, 'docs', 'access.md'), 'utf8');
  const rules: RouteRules = new Map();
  for (const line of page.split('\n')) {
    const [, route, people, services] = row.exec(line) ?? [];
    if (route === undefined) continue;
    if (rules.has(route)) throw new Error(`${route} stands in the table twice`);
    rules.set(route, { rule: ruleOf(route, people!, services!), isBeforeDuties: people!.includes('\\*') });
  }
  return rules;
};

const ruleOf = (route: string, people: string, services: string): AccessRule => {
  if (people === 'everybody' && services === 'everybody') return 'public';
  const role = moderatorRoles.find((each) => people.replace(/ \\\*$/, '') === each);
  const scope = apiScopes.find((each) => services === `\`${each}\``);
  if ((role === undefined && people !== '—') || (scope === undefined && services !== '—'))
    throw new Error(`The row of ${route} names no role or scope that there is: ${people}, ${services}`);
  return { ...(role && { role }), ...(scope && { scope }) };
};
