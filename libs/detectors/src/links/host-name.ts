import { domainToASCII } from 'node:url';

/**
 * A host as rules write it: lower-case ASCII, international names in their xn-- form (UTS #46), without a final dot.
 * Undefined where it cannot be one.
 */
export const hostName = (host: string): string | undefined => {
  const name = domainToASCII(host).replace(/\.$/, '');
  return name === '' ? undefined : name;
};

/** The name itself, and every domain that it is within: `a.b.example`, `b.example`, `example`. */
const domainsOf = (host: string): string[] => {
  const labels = host.split('.');
  return labels.map((_, index) => labels.slice(index).join('.'));
};

/** Whether one of the domains is the host, or the host lies below it. @param host as `hostName` gives it */
export const isWithin = (host: string, domains: readonly string[]): boolean =>
  domainsOf(host).some((domain) => domains.includes(domain));
