import { isIP } from 'node:net';
import type { DeliveryError, Result } from '#libs/domain';
import { ok } from '#libs/domain';
import { isPublicAddress } from './public-address.js';

/** An address that a connection may be made to. */
export interface Address {
  address: string;
  family: 4 | 6;
}

export interface TargetRefusal {
  code: Extract<DeliveryError, 'name_not_resolved' | 'address_refused'>;
  /** for whoever set the URL */
  detail: string;
}

/** Rejects, or gives nothing, where the name is unknown. */
export type Resolve = (host: string) => Promise<Address[]>;

/** What decides where webhooks may go. */
export interface TargetRule {
  /** hosts of the operator's own, which may be private, and reached by http */
  allowedHosts: ReadonlySet<string>;
  resolve: Resolve;
}

/** `[::1]` in a URL is `::1` to a socket; a name may end with a dot, and is still the same. */
export const hostOf = ({ hostname }: URL): string => hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '');

export const isAllowedHost = ({ allowedHosts }: TargetRule, url: URL): boolean =>
  allowedHosts.has(url.hostname) || allowedHosts.has(hostOf(url));

/** What is wrong with a URL before anything is resolved; undefined where nothing is. */
export const misfitOf = (rule: TargetRule, url: URL): string | undefined => {
  if (url.protocol !== 'https:' && url.protocol !== 'http:') return 'must begin with https://';
  if (url.protocol === 'http:' && !isAllowedHost(rule, url))
    return 'must begin with https://, unless the host is one that WEBHOOK_ALLOWED_HOSTS names';
  if (url.username !== '' || url.password !== '')
    return 'must carry no user name or password: deliveries are signed instead';
  if (url.hash !== '') return 'must have no fragment: it would not be sent';
  return undefined;
};

/**
 * The addresses that a URL leads to now. Where its host is not allowed by name, every one must be public: one private
 * address among them, and all are refused. To be asked at every delivery, and what it gives to be connected to, not the
 * name again: a name may lead elsewhere a moment later (DNS rebinding).
 */
export const resolveTarget = async (
  rule: TargetRule,
  url: URL,
): Promise<Result<Address[], TargetRefusal>> => {
  const host = hostOf(url);
  const family = isIP(host) as 0 | 4 | 6;
  const addresses = family === 0 ? await rule.resolve(host).catch(() => []) : [{ address: host, family }];
  if (addresses.length === 0)
    return { ok: false, code: 'name_not_resolved', detail: `the name ${host} leads to no address` };
  const refused = isAllowedHost(rule, url)
    ? undefined
    : addresses.find(({ address }) => !isPublicAddress(address));
  if (refused)
    return {
      ok: false,
      code: 'address_refused',
      detail: `${describe(host, refused)} is no address of the public internet; the operator can allow the host with WEBHOOK_ALLOWED_HOSTS`,
    };
  return ok(addresses);
};

const describe = (host: string, { address }: Address): string =>
  host === address ? address : `${address}, which ${host} leads to,`;

/** Injection token of the app's `TargetRule`. */
export const TARGET_RULE = Symbol('where webhooks may go');
