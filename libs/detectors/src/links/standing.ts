import type { LinkRules } from '#libs/domain';
import { isWithin } from './host-name.js';
import type { Link } from './link.js';

/** What a policy's lists say of where something leads. */
export type Standing = 'denied' | 'allowed' | 'unlisted';

/**
 * A link is denied when any host that it names is, and allowed when all of them are and it hides nothing: a redirect over
 * an allowed domain, or `https://allowed.example@elsewhere.example`, is not. Ports do not matter.
 */
export const standingOf = ({ host, otherHosts, isOdd }: Link, rules: LinkRules): Standing => {
  const hosts = [host, ...otherHosts];
  if (hosts.some((each) => isWithin(each, rules.deny))) return 'denied';
  return !isOdd && hosts.every((each) => isWithin(each, rules.allow)) ? 'allowed' : 'unlisted';
};
