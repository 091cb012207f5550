import type { Random } from './random.js';
import * as values from './text-values.js';

/** Writes the lines of one overlay. */
export type TextTemplate = (random: Random) => string[];

const {
  capitalised,
  domain,
  firstName,
  internationalNumber,
  mailAddress,
  mailHost,
  nationalNumber,
  userName,
} = values;

/** `d0t` for `dot` in a third of them, and capitals in some. */
const dotWord = (random: Random): string => random.pick(['dot', 'd0t', 'DOT']);
const spaced = (text: string): string => [...text].join(' ');
const numberWords = 'zero one two three four five six seven eight nine'.split(' ');

/** Contact information over a picture, by kind: what somebody writes who wants to be found elsewhere. */
export const contactTemplates: Record<string, TextTemplate[]> = {
  'phone number': [
    (random) => [`WhatsApp ${internationalNumber(random)}`],
    (random) => [`Call ${nationalNumber(random)}`],
    (random) => [nationalNumber(random)],
    (random) => [internationalNumber(random)],
    (random) => ['FOR SALE', `Tel: ${nationalNumber(random)}`],
    (random) => [`Text me ${nationalNumber(random)}`],
    (random) => ['Book now', internationalNumber(random), `ask for ${capitalised(firstName(random))}`],
    (random) => [`${capitalised(firstName(random))} ${internationalNumber(random)}`],
    (random) => ['House for rent', '3 rooms, garden', nationalNumber(random)],
    (random) => [`Viber/Telegram ${internationalNumber(random)}`],
    (random) => ['Call or text', values.tenDigits(random)],
  ],
  'e-mail address': [
    (random) => [mailAddress(random)],
    (random) => [`E-mail: ${mailAddress(random)}`],
    (random) => ['Contact me', mailAddress(random)],
    (random) => [`write to ${mailAddress(random)} for more`],
    (random) => [`${userName(random)}@`, mailHost(random)],
  ],
  'web address': [
    (random) => [`www.${domain(random)}`],
    (random) => [domain(random)],
    (random) => [`Visit ${domain(random)}`],
    (random) => [`https://${domain(random)}/${values.noun(random)}`],
    (random) => ['Free pics', `${domain(random)}/${userName(random)}`],
    (random) => [`t.me/${userName(random)}`],
    (random) => [`bit.ly/${random.text('abcdefghkmnpqrstuvwxyzABCDEFGH23456789', 7)}`],
    (random) => [`SHOP NOW AT ${domain(random).toUpperCase()}`],
  ],
  handle: [
    (random) => [`@${userName(random)}`],
    (random) => [`IG: ${userName(random)}`],
    (random) => [`insta @${userName(random)}`],
    (random) => [`Telegram: @${userName(random)}`],
    (random) => [`Snapchat: ${userName(random)}`],
    (random) => ['add me on snap', userName(random)],
    (random) => [`WeChat ID: ${userName(random)}`],
    (random) => ['DM me', `@${userName(random)}`],
    (random) => [`kik: ${userName(random)}`],
    (random) => [`LINE ID: ${userName(random)}`],
    (random) => ['Follow me on Instagram', `@${userName(random)}`],
  ],
  disguised: [
    (random) => [
      `${firstName(random)}${random.whole(1, 99)} (at) ${mailHost(random).replace('.', ' (dot) ')}`,
    ],
    (random) => [`${firstName(random)} [at] gmail [${dotWord(random)}] com`],
    (random) => [`${firstName(random)} at yahoo ${dotWord(random)} com`],
    (random) => [`${values.noun(random)}${firstName(random)} ${dotWord(random)} com`],
    (random) => [`${values.noun(random)}${values.noun(random)}(${dotWord(random)})net`],
    (random) => [spaced(values.tenDigits(random))],
    (random) => [`Call ${values.tenDigits(random).replace(/0/g, 'O').replace(/1/g, 'l')}`],
    (random) => {
      const number = values.tenDigits(random);
      return [[number.slice(0, 3), number.slice(3, 6), number.slice(6)].map(spaced).join(' - ')];
    },
    (random) => ['text me', [...values.tenDigits(random)].map((digit) => numberWords[+digit]!).join(' ')],
    (random) => [spaced(`${firstName(random)}@gmail.com`)],
    (random) => [`${firstName(random)}${random.whole(1, 99)}@gmail c0m`],
  ],
};
