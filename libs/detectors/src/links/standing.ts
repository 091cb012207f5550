import type { LinkRules } from '#libs/domain';
import { isWithin } from './host-name.js';
import type { Link } from './link.js';

/** What a policy's lists say of where something leads. */
export type Standing = 'denied' | 'allowed' | 'unlisted';

/**
 * A link is denied when any host that it names is, and allowed when all of them are and it hides nothing: a redirect over
 * an allowed domain, or `https://allowed.example@elsewhere.example`, is not. Ports do not matter.
 */
export const standingOf = (link: Link, rules: LinkRules): Standing => {
  if (deniedHost(link, rules) !== undefined) return 'denied';
  return !link.isOdd && hostsOf(link).every((host) => isWithin(host, rules.allow)) ? 'allowed' : 'unlisted';
};

/** The host that makes a link denied. */
export const deniedHost = (link: Link, { deny }: LinkRules): string | undefined =>
  hostsOf(link).find((host) => isWithin(host, deny));

const hostsOf = ({ host, otherHosts }: Link): string[] => [host, ...otherHosts];
