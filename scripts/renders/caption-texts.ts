import type { TextTemplate } from './contact-texts.js';
import * as values from './text-values.js';

const { capitalised, digits, firstName, noun, price, year } = values;
const title = (text: string): string => text.split(' ').map(capitalised).join(' ');
const months = 'January February March April May June July August September October November December'.split(
  ' ',
);
const cities = 'Lisbon Oslo Denver Kyoto Prague Quito Dublin Austin Nairobi Lyon'.split(' ');

/** Harmless writing over a picture, by kind: also such as is near to contact information. */
export const captionTemplates: Record<string, TextTemplate[]> = {
  titles: [
    (random) => [title(`the ${noun(random)} and the ${noun(random)}`)],
    (random) => [
      `${noun(random).toUpperCase()} ${noun(random).toUpperCase()}`,
      `Season ${random.whole(1, 9)} Episode ${random.whole(1, 24)}`,
    ],
    (random) => [`Welcome to ${random.pick(cities)}`],
    (random) => [`Happy Birthday ${capitalised(firstName(random))}!`],
    (random) => [`Chapter ${random.whole(1, 40)}`, title(`${noun(random)} of ${noun(random)}`)],
  ],
  prices: [
    (random) => [`$${price(random)}`],
    (random) => ['SALE', `${random.whole(10, 90)}% OFF`],
    (random) => [`Now only ${price(random).replace('.', ',')} €`],
    (random) => [`$${random.whole(100, 999)},${digits(random, 3)}`, '3 bed 2 bath'],
    (random) => [`Buy ${random.whole(1, 5)} get 1 free`, `from $${price(random)} each`],
    (random) => [`${random.whole(1, 9)} ${digits(random, 3)} ${digits(random, 3)} views`],
  ],
  'dates and hours': [
    (random) => [`${random.whole(1, 28)}.${random.whole(1, 12)}.${year(random)}`],
    (random) => [`${random.pick(months)} ${random.whole(1, 28)}, ${year(random)}`],
    (random) => [
      `${year(random)}-0${random.whole(1, 9)}-1${random.whole(0, 9)} 1${random.whole(0, 9)}:${random.whole(10, 59)}:${random.whole(10, 59)}`,
    ],
    (random) => ['Open Mon - Sat', `${random.whole(7, 11)}:00 - ${random.whole(16, 22)}:30`],
    (random) => [`${random.whole(1950, 1989)} - ${random.whole(1990, 2026)}`],
    (random) => ['Save the date', `${random.whole(10, 28)} / 0${random.whole(1, 9)} / 2026`],
  ],
  'sizes and models': [
    (random) => [`${random.whole(10, 200)} x ${random.whole(10, 200)} x ${random.whole(10, 90)} cm`],
    (random) => [
      `Size ${random.pick(['S', 'M', 'L', 'XL'])} / EU ${random.whole(36, 46)} / US ${random.whole(5, 12)}`,
    ],
    (random) => [
      `Model ${random.text('ABCDEFGHKMNPRSTUVWX', 2)}-${digits(random, 4)}${random.pick(['A', 'B', 'X', 'S'])}`,
    ],
    (random) => [
      `${random.whole(64, 512)} GB  ${random.whole(4, 32)} GB RAM`,
      `${random.whole(10, 17)}.${random.whole(1, 9)} inch`,
    ],
    (random) => [`S/N ${digits(random, 10)}`],
    (random) => [
      `${random.whole(1, 9)},${digits(random, 3)} km, ${year(random)}, ${random.whole(60, 300)} hp`,
    ],
  ],
  'codes and licences': [
    (random) => [
      `ISBN 978-${digits(random, 1)}-${digits(random, 4)}-${digits(random, 4)}-${digits(random, 1)}`,
    ],
    (random) => [`License No. ${digits(random, 8)}`],
    (random) => [`Order #${digits(random, 9)}`],
    (random) => [`${random.text('ABCDEFGHKLMNPRSTUVWXYZ', 3)} ${digits(random, 4)}`],
    (random) => [`REF ${random.text('ABCDEFGH', 2)}${digits(random, 6)}/${digits(random, 2)}`],
    (random) => [
      `Lot ${digits(random, 4)} ${digits(random, 4)}`,
      `EXP 0${random.whole(1, 9)}/${random.whole(2026, 2030)}`,
    ],
  ],
  quotes: [
    (random) => ['Life is short.', `Eat the ${noun(random)} first.`],
    (random) => [`"Be the ${noun(random)} you`, 'wish to see in the world"'],
    (random) => [`Keep calm and love ${noun(random)}`],
    () => ['When nothing goes right,', 'go left.'],
    (random) => [`Home is where the ${noun(random)} is`],
  ],
  sports: [
    (random) => [
      `${title(noun(random))} FC ${random.whole(0, 5)} - ${random.whole(0, 5)} ${title(noun(random))} United`,
    ],
    (random) => [`#${random.whole(1, 99)} ${firstName(random).toUpperCase()}`],
    (random) => [
      `Final ${random.whole(60, 120)}:${random.whole(60, 120)}`,
      `Q4 0${random.whole(0, 9)}:${random.whole(10, 59)}`,
    ],
    (random) => [
      `${random.whole(5, 42)} km run`,
      `0${random.whole(1, 5)}:${random.whole(10, 59)}:${random.whole(10, 59)}  ${random.whole(4, 7)}'${random.whole(10, 59)}"/km`,
    ],
  ],
  memes: [
    () => ['ONE DOES NOT SIMPLY', 'STOP SCROLLING'],
    (random) => [`WHEN YOU SEE A ${noun(random).toUpperCase()}`, 'AND IT SEES YOU TOO'],
    (random) => [`me: i will sleep early`, `also me at ${random.whole(1, 4)} am:`],
    () => ['Instagram vs Reality'],
    () => ['nobody:', 'absolutely nobody:', 'my cat @ 3am'],
    (random) => [`POV: the ${noun(random)} is gone`],
  ],
  watermarks: [
    (random) => [`© ${year(random)} ${title(`${noun(random)} ${noun(random)}`)}`],
    (random) => [`Photo by ${title(`${firstName(random)} ${noun(random)}`)}`],
    (random) => [`${title(noun(random))} Photography ${year(random)}`],
    (random) => [`IMG_${digits(random, 4)}.JPG`],
  ],
  'signs and places': [
    (random) => [
      `${random.whole(1, 9999)} ${title(noun(random))} Street`,
      `${random.pick(cities)} ${digits(random, 5)}`,
    ],
    () => ['STOP', 'ALL WAY'],
    (random) => [
      `Exit ${random.whole(1, 99)}${random.pick(['A', 'B'])}`,
      `${random.pick(cities)} ${random.whole(2, 90)} km`,
    ],
    () => ['NO PARKING', 'TOW AWAY ZONE', '8 AM - 6 PM'],
    (random) => [`Gate ${random.whole(1, 60)}  Flight ${random.text('ABCDEFKLU', 2)} ${digits(random, 4)}`],
    (random) => [
      `${random.whole(10, 60)}.${digits(random, 4)} N, ${random.whole(10, 120)}.${digits(random, 4)} W`,
    ],
  ],
};
