import { confidences, type Found } from './contact.js';
import { hostOfRun } from './host-in-text.js';
import { mailProviders } from './mail-providers.js';

const localPart = /[\p{L}\p{N}._%+-]{1,64}$/u;
const hostRun = /^[\p{L}\p{N}_-][\p{L}\p{N}_.-]{0,252}/u;
const anyHost = /^(?:[\p{L}\p{N}-]{2,63}\.){1,3}\p{L}{2,24}(?![\p{L}\p{N}])/u;
const restOfHost = /^[\p{L}\p{N}_.-]{1,253}/u;
/** without its dot */
const misreadEnding = /^(?:c[o0]m|corn)$/;
const endingAfter = /^[ .,]?c[o0]m(?![\p{L}\p{N}])/iu;

/**
 * E-mail addresses in a text, one for each `@` at most; also such as reading tears apart: with a space or a line break beside
 * the `@`, a host cut by a line break, and known providers without their ending (`joe@gmail`, `joe@gmail com`).
 */
export const findEmailAddresses = (text: string): Found[] => {
  const found: Found[] = [];
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const address = addressAround(text, at);
    if (address && address.start >= (found.at(-1)?.end ?? 0)) found.push(address);
  }
  return found;
};

const isSpace = (character: string | undefined): boolean => character === ' ' || character === '\n';

const addressAround = (text: string, at: number): Found | undefined => {
  const localEnd = isSpace(text[at - 1]) ? at - 1 : at;
  const hostStart = isSpace(text[at + 1]) ? at + 2 : at + 1;
  const local =
    localPart.exec(text.slice(Math.max(0, localEnd - 64), localEnd))?.[0].replace(/^[.-]+/, '') ?? '';
  const host = hostAfter(text, hostStart);
  if (!host) return undefined;
  const isTornApart = localEnd < at && hostStart > at + 1;
  if (local === '' && hostStart > at + 1) return undefined;
  const isWhole = local !== '' && !isTornApart && host.isWhole;
  return {
    kind: 'e-mail address',
    value: `${local}@${host.name}`.toLowerCase(),
    confidence: isWhole ? confidences.explicit : confidences.likely,
    isDisguised: false,
    start: localEnd - local.length,
    end: host.end,
  };
};

interface MailHost {
  name: string;
  end: number;
  isWhole: boolean;
}

const hostAfter = (text: string, start: number): MailHost | undefined => {
  const run = hostRun.exec(text.slice(start, start + 253))?.[0];
  if (run === undefined) return undefined;
  const end = start + run.length;
  return wholeHost(run, start) ?? hostOverBreak(text, run, end) ?? providerOnly(text, run, end);
};

const wholeHost = (run: string, start: number): MailHost | undefined => {
  const host = hostOfRun(run, start);
  if (!host || host.start !== start) return unknownHost(run, start);
  return { name: host.name, end: host.end, isWhole: !host.isMisread };
};

/** Behind a name and `@` nothing else looks like a host: it may be a new one, or `gmail.comformore`, whose spaces were lost. */
const unknownHost = (run: string, start: number): MailHost | undefined => {
  const name = anyHost.exec(run)?.[0];
  return name === undefined ? undefined : { name, end: start + name.length, isWhole: false };
};

/** `joe@gma` and `il.com` in the next row: only for a known provider, or where the dot shows that it goes on. */
const hostOverBreak = (text: string, run: string, end: number): MailHost | undefined => {
  if (!isSpace(text[end])) return undefined;
  const rest = restOfHost.exec(text.slice(end + 1, end + 254))?.[0];
  if (rest === undefined) return undefined;
  const host = hostOfRun(run + rest, 0);
  if (!host || host.start !== 0 || host.end <= run.length) return undefined;
  const isSure = rest.startsWith('.') || run.endsWith('.') || isProvider(host.name.split('.')[0]!);
  return isSure ? { name: host.name, end: end + 1 + (host.end - run.length), isWhole: false } : undefined;
};

const isProvider = (name: string): boolean => mailProviders.includes(name);

const providerOnly = (text: string, run: string, end: number): MailHost | undefined => {
  const name = run.toLowerCase().replace(/\.+$/, '');
  const provider = mailProviders.find(
    (each) => name === each || (misreadEnding.test(name.slice(each.length)) && name.startsWith(each)),
  );
  // `@163` is a number more often than not
  if (provider === undefined || /^\d+$/.test(name)) return undefined;
  const ending = endingAfter.exec(text.slice(end, end + 6))?.[0] ?? '';
  return { name: `${provider}.com`, end: end + ending.length, isWhole: false };
};
