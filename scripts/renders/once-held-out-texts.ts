import type { TextTemplate } from './contact-texts.js';
import * as values from './text-values.js';

const {
  capitalised,
  digits,
  domain,
  firstName,
  internationalNumber,
  mailAddress,
  nationalNumber,
  noun,
  userName,
} = values;

/** Overlays that were held out while the rules' first revision was written, and that the second one was written by. */
export const onceHeldOutContactTemplates: Record<string, TextTemplate[]> = {
  'phone number': [
    (random) => [`Massage 24h`, `${capitalised(firstName(random))}: ${nationalNumber(random)}`],
    (random) => [`Se vende / ${nationalNumber(random)}`],
    (random) => [`Info & prices: ${internationalNumber(random)}`],
    (random) => ['MOVING? WE HELP', `(${nationalNumber(random)})`],
    (random) => [`pls msg only ${internationalNumber(random).replace(/[ -]/g, '')}`],
    (random) => [`* ${nationalNumber(random)} * ${nationalNumber(random)} *`],
  ],
  'e-mail address': [
    (random) => ['Commissions open', mailAddress(random).toUpperCase()],
    (random) => [`mail ${mailAddress(random)} / 50% deposit`],
    (random) => [`>> ${mailAddress(random)} <<`],
  ],
  'web address': [
    (random) => ['More of me', `${domain(random)}/vip`],
    (random) => [`(${domain(random)})`],
    (random) => [`Get yours - ${domain(random)} - free shipping`],
    (random) => [`discord.gg/${random.text('abcdefghkmnpqrstuvwxyz23456789', 8)}`],
  ],
  handle: [
    (random) => [`find me: ig ${firstName(random)}_${noun(random)}`],
    (random) => [`${firstName(random)}_${random.whole(10, 99)} on telegram`],
    (random) => [`tiktok & insta: @${userName(random)}`],
    (random) => [`~ @${userName(random)} ~`],
    (random) => ['SC', `${userName(random)}`],
  ],
  disguised: [
    (random) => [`${noun(random)}${noun(random)} . c o m`],
    (random) => [`${firstName(random)}${random.whole(1, 99)} AT hotmail.com`],
    (random) => {
      const number = values.tenDigits(random);
      return [`${number.slice(0, 3)}*${number.slice(3, 6)}*${number.slice(6)}`];
    },
    (random) => [`g mail: ${firstName(random)}${random.whole(100, 999)}`],
  ],
};

/** Harmless overlays of the same kind. */
export const onceHeldOutCaptionTemplates: Record<string, TextTemplate[]> = {
  titles: [
    (random) => [`${capitalised(noun(random))} & ${capitalised(noun(random))}: a love story`],
    (random) => ['JUST MARRIED', `${capitalised(firstName(random))} + ${capitalised(firstName(random))}`],
    (random) => [
      `Vol. ${random.whole(1, 12)} No. ${random.whole(1, 400)}`,
      `The ${capitalised(noun(random))} Times`,
    ],
  ],
  numbers: [
    (random) => [`Bus ${random.whole(1, 300)} every ${random.whole(4, 30)} min`],
    (random) => [
      `Powerball ${random.whole(1, 12)} ${random.whole(13, 24)} ${random.whole(25, 40)} ${random.whole(41, 55)} ${random.whole(56, 69)} + ${random.whole(1, 26)}`,
    ],
    (random) => [`Population ${random.whole(1, 9)},${digits(random, 3)},${digits(random, 3)}`],
    (random) => [`${random.whole(100, 999)} kcal | ${random.whole(5, 60)} g protein`],
    (random) => [
      `Tracking: ${random.text('ABCDEFGHRZ', 2)}${digits(random, 9)}${random.text('ABCDEFGHRZ', 2)}`,
    ],
    (random) => [`Account ${digits(random, 4)} ${digits(random, 4)} ${digits(random, 2)}`],
    (random) => [
      `${random.whole(1, 12)}/${random.whole(1, 28)}/${random.whole(10, 26)} 0${random.whole(1, 9)}:${random.whole(10, 59)} PM`,
    ],
    (random) => [`BP ${random.whole(100, 140)}/${random.whole(60, 90)}  HR ${random.whole(55, 99)}`],
    (random) => [
      `f/${random.whole(1, 16)}.${random.whole(0, 9)}  1/${random.whole(60, 4000)}s  ISO ${random.whole(1, 64)}00`,
    ],
  ],
  words: [
    (random) => [`Ingredients: sugar, ${noun(random)}, salt.`, 'Best before see lid.'],
    () => ['Do not disturb.', 'Meeting in progress.'],
    (random) => [`Dr. ${capitalised(firstName(random))} Ph.D., M.Sc.`, 'Dept. of Physics'],
    (random) => [`Row ${random.whole(1, 40)} Seat ${random.whole(1, 40)}`, 'Adm. $12.00 incl. tax'],
    () => ['I called my mom', 'she said text me when home'],
    (random) => [`Snap! The ${noun(random)} is back`],
    () => ['Line starts here.', 'Please wait to be seated'],
    (random) => [`Dinner @ the ${noun(random)}, 7 p.m.`],
    (random) => [`St. ${capitalised(firstName(random))} Hospital - Ward ${random.whole(1, 20)}`],
    () => ['WhatsApp, Signal or Telegram:', 'which one is safest?'],
  ],
};
