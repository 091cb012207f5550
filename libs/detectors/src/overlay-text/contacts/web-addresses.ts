import { confidences, type Found } from './contact.js';
import { type HostInText, hostOfRun, hostRuns } from './host-in-text.js';

const schemeBefore = /(?:h(?:tt|xx)ps?)[:;.]?\/{1,2}$/i;
const longestScheme = 10;
/** A path is a sign of a link; and what follows belongs to it. */
const pathAfter = /^(?::\d{1,5})?[/?][\p{L}\p{N}/?=&%#@+_.~-]{1,200}/u;
/** Words after which somebody names where to go; the dots of `seldom` endings mean little without one. */
const invitation =
  /(?:visit|website|web ?site|web|site|url|links?|shop|store|order|online|book|tickets?|info|buy|get|more|see|go|join|check out|find us|seite|besuche|mehr|sitio|visita|acesse|compra|acheter)[ :\n-]{1,3}(?:(?:now|us|at|on|to|in bio|here|auf|en|em|sur)[ :\n]{1,2}){0,3}$/i;
const lookBehind = 40;
/** Short links and profiles: known to be such, whatever stands behind them. */
const knownHosts = new Set(
  'bit.ly t.me wa.me m.me fb.me ig.me t.co linktr.ee beacons.ai allmylinks.com discord.gg onlyfans.com cutt.ly is.gd goo.gl tinyurl.com rb.gy lnk.bio tiktok.com youtu.be line.me vk.me vk.cc telegram.me kik.me snapchat.com ow.ly'.split(
    ' ',
  ),
);

/** Names of things that look like hosts. */
const things = new Set(['asp.net', 'vb.net', 'ado.net']);

/** Web addresses in a text, with a scheme or without: `https://example.com/x`, `www.example.de`, `Example.com`. */
export const findWebAddresses = (text: string): Found[] =>
  [...text.matchAll(hostRuns)].flatMap((run) => {
    const host = run[0].includes('.') ? hostOfRun(run[0], run.index) : undefined;
    return host ? (webAddress(text, host) ?? []) : [];
  });

const webAddress = (text: string, host: HostInText): Found | undefined => {
  if (text[host.start - 1] === '@' || text[host.end] === '@') return undefined;
  const before = text.slice(Math.max(0, host.start - lookBehind), host.start);
  const scheme = schemeBefore.exec(before.slice(-longestScheme))?.[0] ?? '';
  const path = pathAfter.exec(text.slice(host.end, host.end + 220))?.[0] ?? '';
  const confidence = confidenceIn(host, { hasScheme: scheme !== '', hasPath: path !== '' }, before, text);
  if (confidence === undefined) return undefined;
  return {
    kind: 'web address',
    value: host.name + path.replace(/[.?]+$/, ''),
    confidence,
    isDisguised: false,
    start: host.start - scheme.length,
    end: host.end + path.length,
  };
};

const confidenceIn = (
  host: HostInText,
  { hasScheme, hasPath }: { hasScheme: boolean; hasPath: boolean },
  before: string,
  text: string,
): number | undefined => {
  if (hasScheme || host.hasWww) return confidences.explicit;
  if (knownHosts.has(host.name)) return hasPath ? confidences.explicit : confidences.clear;
  if (host.looksLikeSentence || things.has(host.name)) return undefined;
  const names = host.name.split('.').slice(0, -1).join('');
  const isNumber = /^\d+$/.test(names);
  if (host.strength === 'plain') {
    if (isNumber && !host.name.endsWith('.com')) return undefined;
    return host.isMisread ? confidences.likely : hasPath ? confidences.explicit : confidences.clear;
  }
  if (isNumber || names.length < 3) return undefined;
  if (hasPath && /\p{L}{2}/u.test(names)) return confidences.likely;
  if (invitation.test(before)) return confidences.likely;
  return standsAlone(text, host) ? confidences.fair : undefined;
};

/** Nothing else is in its row of the text, or between its dashes and bars. */
const standsAlone = (text: string, { start, end }: HostInText): boolean =>
  /(?:^|\n|[-|~*/>] )[^\p{L}\p{N}\n]{0,3}$/u.test(text.slice(Math.max(0, start - 6), start)) &&
  /^[^\p{L}\p{N}\n]{0,3}(?:\n|$)|^ [-|~*/<]/u.test(text.slice(end, end + 5));
