import { type Link, linksIn, readLink } from '../links/link.js';

/** What a code says, as far as the lists of a policy can tell. */
export interface Payload {
  /** what it is for, in few words for a person */
  kind: string;
  /** where it leads, if it is one web address and nothing else */
  link?: Link;
  /** every web address in it, and every domain of a mail address as a link to it */
  links: Link[];
}

/** By how they begin, as scanners tell them apart; the first that fits. */
const kinds: readonly (readonly [RegExp, string])[] = [
  [/^https?:/i, 'link'],
  [/^wifi:/i, 'Wi-Fi access'],
  [/^(mecard:|bizcard:|begin:vcard)/i, 'contact card'],
  [/^(begin:vevent|begin:vcalendar)/i, 'calendar entry'],
  [/^(tel|facetime|facetime-audio):/i, 'phone number'],
  [/^(sms|smsto|mms|mmsto):/i, 'text message'],
  [/^(mailto|matmsg|smtp):/i, 'mail'],
  [/^geo:/i, 'place'],
  [/^otpauth(-migration)?:/i, 'one-time password key'],
  [
    /^(bitcoin|bitcoincash|ethereum|litecoin|dogecoin|monero|lightning|solana|tron|ton|upi|payto):/i,
    'payment',
  ],
  // EMVCo merchant-presented payments, European Payments Council credit transfers
  [/^(000201\d{2}|bcd\r?\n00[12]\r?\n)/i, 'payment'],
];

/** What says the same as the web address after it. */
const bookmark = /^(?:url|urlto):\s*/i;
/** NTT DOCOMO's bookmark: `MEBKM:TITLE:…;URL:http\://…;;` */
const mobileBookmark = /^mebkm:(?:.*;)?url:((?:\\.|[^;\\])*);/is;
/** a field of a contact card, or a line of a vCard */
const cardLink = /(?:^|[;\n])url(?:;[^:\n]*)?:((?:\\.|[^;\\\r\n])*)/gi;
const mailDomain = /[^\s@<>:;,"']@([^\s@<>:;,"'?/]+)/g;
const surroundings = /^[("'<[{]+|[)"'>\]},;:.!?]+$/g;
const mostWords = 200;

/** Never throws, whatever the text. */
export const readPayload = (text: string): Payload => {
  const link = readLink(unwrapped(text));
  if (link) return { kind: link.isOdd ? 'link that hides where it leads' : 'link', link, links: [link] };
  return { kind: kindOf(text), links: [...linksWithin(text)] };
};

const unwrapped = (text: string): string => {
  const trimmed = text.trim();
  const marked = mobileBookmark.exec(trimmed)?.[1];
  return marked === undefined ? trimmed.replace(bookmark, '') : unescaped(marked);
};

const unescaped = (field: string): string => field.replace(/\\(.)/gs, '$1');

const kindOf = (text: string): string => {
  const trimmed = text.trim();
  const known = kinds.find(([start]) => start.test(trimmed));
  if (known) return known[1];
  const app = /^([a-z][a-z0-9+.-]{1,30}):\/\//i.exec(trimmed)?.[1];
  if (app !== undefined) return `link into an app, ${app.toLowerCase()}:`;
  return /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(trimmed) ? 'mail' : 'text';
};

const linksWithin = function* (text: string): Generator<Link> {
  yield* linksIn(text);
  for (const [, field] of text.matchAll(cardLink)) yield* linkOf(unescaped(field ?? ''));
  for (const [, domain] of text.matchAll(mailDomain)) yield* linkOf(domain ?? '');
  for (const word of text.split(/\s+/, mostWords)) yield* linkOf(word.replace(surroundings, ''));
};

const linkOf = function* (text: string): Generator<Link> {
  const link = readLink(text);
  if (link) yield link;
};
