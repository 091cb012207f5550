import { type Passage, rewritten } from '../passage.js';
import { mailProviders } from './mail-providers.js';
import { commonEndings } from './top-level-domains.js';

/** Marks a dot that somebody wrote out: what stands before it is a host, so `at` before that is an `@`. */
const writtenDot = '\ue000';
const dot = '(?:d[o0]t|punkt|punto|ponto|point)';
const at = '(?:at|arroba)';
const notInWord = '(?![\\p{L}\\p{N}])';
const ending = `(${commonEndings})${notInWord}`;
/** from its beginning, so that long words are looked at once */
const word = '(?<![\\p{L}\\p{N}_-])([\\p{L}\\p{N}_-]{1,63})';
/** Before `dot com` these make it a boom, a bubble or a company. */
const articles = /^(?:an?|the|every|each|early|late|this|that|first|of|or|and|is|failed)$/i;
/** Of which nobody says that they work there, or that something was seen there. */
const mailboxes = mailProviders.filter((provider) => /mail|icloud|gmx/.test(provider)).join('|');
const providers = mailProviders.join('|');

/** `g m a i l . c o m`: five characters and more, each alone */
const spacedOut = /(?<![\p{L}\p{N}.@_])(?:[\p{L}\p{N}.@_] ){4,}[\p{L}\p{N}.@_](?![\p{L}\p{N}.@_])/gu;
/** `(dot)`, `[d0t]`, `*dot*`, `(.)` */
const bracketedDot = new RegExp(`[ \\n]?[([{<*_-] ?(?:${dot}|\\.) ?[)\\]}>*_-][ \\n]?`, 'giu');
const bracketedAt = new RegExp(`[ \\n]?[([{<] ?(?:${at}|@) ?[)\\]}>][ \\n]?`, 'giu');
/** `example dot com`, `example dotcom` */
const spelledDot = new RegExp(`${word}[ \\n]${dot}[ \\n]?${ending}`, 'giu');
/** `exampled0tcom`: reading loses spaces */
const gluedDot = new RegExp(`(?<![\\p{L}\\p{N}_-])([\\p{L}\\p{N}_-]{4,63}?)d[o0]tc[o0]m${notInWord}`, 'giu');
/** `example,com`, `example .com`, `example. com`, `example . c o m` */
const looseDot = new RegExp(`${word}(?:,| \\.|\\. | \\. )(c ?[o0] ?m)${notInWord}`, 'giu');
/** `www example com` */
const looseWww = new RegExp(
  `(?<![\\p{L}\\p{N}])www[ .,]{1,2}([\\p{L}\\p{N}-]{2,63})[ .,]{1,2}${ending}`,
  'giu',
);
const spelledAt = new RegExp(
  `(?<![\\p{L}\\p{N}._%+-])([\\p{L}\\p{N}._%+-]{2,64})[-_* \\n]{1,3}${at}[-_* \\n]{1,3}` +
    `(?=[\\p{L}\\p{N}-]{1,63}${writtenDot}|(?:${mailboxes})${notInWord}|(?:${providers})[ .,\\n]{1,2}c[o0]m)`,
  'giu',
);

/** The passage without the tricks by which people keep addresses from programs, as far as something of an address is seen. */
export const undisguised = (passage: Passage): Passage => {
  const steps: [RegExp, (match: RegExpMatchArray) => string][] = [
    [spacedOut, (match) => match[0].replaceAll(' ', '')],
    [bracketedDot, () => writtenDot],
    [spelledDot, (match) => (articles.test(match[1]!) ? match[0] : `${match[1]!}${writtenDot}${match[2]!}`)],
    [gluedDot, (match) => `${match[1]!}.com`],
    [looseDot, (match) => (articles.test(match[1]!) ? match[0] : `${match[1]!}.com`)],
    [looseWww, (match) => `www.${match[1]!}.${match[2]!}`],
    [bracketedAt, () => '@'],
    [spelledAt, (match) => `${match[1]!}@`],
    [new RegExp(writtenDot, 'g'), () => '.'],
  ];
  return steps.reduce((text, [pattern, replacement]) => rewritten(text, pattern, replacement), passage);
};
