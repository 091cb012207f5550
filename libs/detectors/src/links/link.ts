import { hostName } from './host-name.js';

/** A web address that was read in a picture. */
export interface Link {
  /** as the WHATWG URL Standard writes it */
  href: string;
  /** where it leads, as `hostName` gives it */
  host: string;
  /**
   * other hosts that it names in a way that a reader, or another parser, may take for where it leads: what stands beside an
   * `@`, a `\` or a `;`, and links inside its path, query or fragment, where redirects have them
   */
  otherHosts: string[];
  /** it has a user name, a backslash, an encoded host, or signs in it that no host has: parsers differ about such */
  isOdd: boolean;
}

const scheme = /^([a-z][a-z0-9+.-]*):/i;
/** `example.com:8080` has no scheme, though `example.com` could be one */
const hostAndPort = /^[^/?#\\@:]*\.[^/?#\\@:]*:\d{1,5}(?=[/?#\\]|$)/;
/** Unicode's full stops, which UTS #46 takes for dots */
const bareHost = /^(?:[\p{L}\p{M}\p{N}_-]+[.\u3002\uff0e\uff61])+[\p{L}\p{M}\p{N}-]{2,63}\.?(?=[:/?#\\]|$)/u;
/** up to where the next one begins */
const absoluteLink = /https?:[\\/]{2}(?:(?!https?:[\\/]{2})[^\s"'<>])+/gi;
/** belongs to the sentence rather than to the link */
const finalPunctuation = /[,;:.!?)\]}]+$/;
/** the URL Standard lets most of these into a host, where no name has them */
const oddSign = /[@\\%\s;,!$&'()*+={}~`|]/;
/** `%252525` is `%` after three; no honest link is encoded more often */
const mostDecodings = 3;
const mostLinks = 20;

/**
 * The web address that a text is as a whole; `http` and `https` only, and `example.com/x` or `//example.com/x`, which
 * people and scanners open as such. Undefined for anything else: `linksIn` finds links inside a text.
 */
export const readLink = (text: string): Link | undefined => {
  const link = readAlone(text);
  if (!link) return undefined;
  const { pathname, search, hash } = new URL(link.href);
  const inside = linksIn(`${pathname}${search}${hash}`).flatMap(({ host, otherHosts }) => [
    host,
    ...otherHosts,
  ]);
  const others = new Set([...link.otherHosts, ...inside]);
  others.delete(link.host);
  return { ...link, otherHosts: [...others] };
};

/** Without a look at what its path, query and fragment hold. */
const readAlone = (text: string): Link | undefined => {
  const written = absolute(text.trim());
  if (written === undefined || !URL.canParse(written)) return undefined;
  const url = new URL(written);
  const host = hostName(url.hostname);
  if ((url.protocol !== 'http:' && url.protocol !== 'https:') || host === undefined) return undefined;
  const authority = written.replace(/^https?:[\\/]*/i, '').split(/[/?#]/, 1)[0] ?? '';
  const isOdd = oddSign.test(authority);
  const parts = isOdd ? authority.split(oddSign) : [];
  const otherHosts = parts.flatMap((part) => hostName(part.replace(/:\d*$/, '')) ?? []);
  return { href: url.href, host, otherHosts: otherHosts.filter((other) => other !== host), isOdd };
};

/** With a scheme, or undefined where the text is no web address. */
const absolute = (text: string): string | undefined => {
  if (/^[\\/]{2}[^\\/\s]/.test(text)) return `https:${text}`;
  if (scheme.test(text) && !hostAndPort.test(text)) return /^https?:/i.test(text) ? text : undefined;
  return bareHost.test(text) && !/\s/.test(text) && !isMailAddress(text) ? `https://${text}` : undefined;
};

const isMailAddress = (text: string): boolean => /^[^/?#\\]*@/.test(text);

/**
 * Web addresses with a scheme that stand anywhere in a text, percent-encoded (`https%3A%2F%2F`) or not, also inside others;
 * 20 at most.
 */
export const linksIn = (text: string): Link[] => {
  const links = new Map<string, Link>();
  let decoded = text;
  for (let decodings = 0; decodings <= mostDecodings; decodings++) {
    for (const [written] of decoded.matchAll(absoluteLink)) {
      const link = readAlone(written.replace(finalPunctuation, ''));
      if (link && links.size < mostLinks && !links.has(link.host)) links.set(link.host, link);
    }
    const next = percentDecoded(decoded);
    if (next === decoded) break;
    decoded = next;
  }
  return [...links.values()];
};

/** Sequences that are no UTF-8 stay as they are. */
const percentDecoded = (text: string): string =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (sequence) => {
    try {
      return decodeURIComponent(sequence);
    } catch {
      return sequence;
    }
  });
