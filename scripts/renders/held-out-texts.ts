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

/**
 * Overlays that no rule was written by: they are measured, and what they miss stays missed until the rules' next revision,
 * which then needs others (these join `once-held-out-texts.ts`).
 */
export const heldOutContactTemplates: Record<string, TextTemplate[]> = {
  'phone number': [
    (random) => ['PLUMBER 24/7', nationalNumber(random)],
    (random) => [`Reserva tu mesa ${internationalNumber(random)}`],
    (random) => [`${capitalised(firstName(random))} (agent) M: ${nationalNumber(random)}`],
    (random) => ['lost dog, please ring', nationalNumber(random)],
    (random) => ['Bestellung per SMS:', internationalNumber(random)],
    (random) => [`Hair by ${capitalised(firstName(random))} | ${nationalNumber(random)} | Mon-Sat`],
  ],
  'e-mail address': [
    (random) => [`Booking & collabs ${mailAddress(random)}`],
    (random) => [`questions? ${mailAddress(random)}`],
    (random) => [`CV an ${mailAddress(random)} senden`],
  ],
  'web address': [
    (random) => [`Full video on ${domain(random)}`],
    (random) => [`${domain(random)} | since 1987`],
    (random) => ['Scan or type', `${domain(random)}/win`],
    (random) => [`wa.me/1${values.tenDigits(random)}`],
  ],
  handle: [
    (random) => [`my insta is ${firstName(random)}_${noun(random)}`],
    (random) => [`TikTok ${noun(random)}_${random.whole(10, 99)}`],
    (random) => [`yt/ig/fb @${userName(random)}`],
    (random) => [`message @${userName(random)} to order`],
  ],
  disguised: [
    (random) => [`${firstName(random)}.${noun(random)} {at} outlook {dot} com`],
    (random) => [`www ${noun(random)}${noun(random)} com`],
    (random) => {
      const number = values.tenDigits(random);
      return [`call ${number.slice(0, 3)} . ${number.slice(3, 6)} . ${number.slice(6)}`];
    },
  ],
};

/** Harmless overlays of the same kind. */
export const heldOutCaptionTemplates: Record<string, TextTemplate[]> = {
  titles: [
    (random) => [`Episode ${random.whole(1, 99)}: The ${capitalised(noun(random))} Strikes Back`],
    (random) => ['Class of', values.year(random)],
    (random) => [`${capitalised(firstName(random))} turns ${random.whole(1, 99)}!`],
  ],
  numbers: [
    (random) => [
      `${random.whole(1, 30)},${digits(random, 3)} steps  ${random.whole(1, 20)}.${digits(random, 2)} km`,
    ],
    (random) => [
      `Batch ${digits(random, 6)} MFG ${random.whole(10, 28)}/0${random.whole(1, 9)}/2${random.whole(3, 6)}`,
    ],
    (random) => [
      `IBAN ES${digits(random, 2)} ${digits(random, 4)} ${digits(random, 4)} ${digits(random, 4)} ${digits(random, 4)}`,
    ],
    (random) => [values.articleNumber(random)],
    (random) => [
      `Temp ${random.whole(10, 39)} C  Wind ${random.whole(1, 90)} km/h  ${random.whole(980, 1040)} hPa`,
    ],
    (random) => [`Bib ${digits(random, 4)}  Split 00:${random.whole(10, 59)}:${random.whole(10, 59)}`],
    (random) => [`Rs. ${random.whole(1, 99)},${random.whole(10, 99)},${digits(random, 3)} only`],
    (random) => [`Seed ${digits(random, 9)} steps ${random.whole(20, 50)} cfg ${random.whole(1, 12)}.5`],
  ],
  words: [
    (random) => ['Mind the gap.', `Next: ${capitalised(noun(random))} Rd.`],
    () => ['Please wash your hands.', 'Thank you!'],
    (random) => [`New in store: ${noun(random)} candles, 3 for 2`],
    (random) => ['Telegram from 1912', `(${capitalised(noun(random))} archive)`],
    () => ['Phone photography tips', 'part 3 of 10'],
    (random) => [`Tickets at the door, doors ${random.whole(6, 9)}:30 pm`],
    (random) => [`Sgt. ${capitalised(firstName(random))}, U.S. Army, ca. 19${random.whole(14, 45)}`],
    (random) => ['You had me at', `"${noun(random)}"`],
  ],
};
