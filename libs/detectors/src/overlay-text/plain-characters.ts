/**
 * Characters that look like Latin ones, after Unicode's confusables (UTS #39), as far as fonts draw them alike: Cyrillic,
 * Greek and Armenian letters.
 */
const lookalikes = new Map<string, string>(
  [
    ['авсԁеһіјкӏмոорԛѕтսѵԝхуӡ', 'abcdehijklmnopqstuvwxyz'],
    ['АВСЕНІЈКМОРЅТХУ', 'ABCEHIJKMOPSTXY'],
    ['αινκορτυ', 'aivkoptu'],
    ['ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ', 'ABEZHIKMNOPTYX'],
  ].flatMap(([others, latin]) => [...others!].map((other, index) => [other, latin![index]!] as const)),
);

/** Zeros of decimal digits that NFKC leaves alone: Arabic, Persian, Indian scripts, Thai, Lao, Tibetan, Burmese, Khmer. */
const zeros = [
  0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66, 0x0e50,
  0x0ed0, 0x0f20, 0x1040, 0x17e0, 0x1810,
];

const punctuation: Record<string, string> = {
  '\u2010': '-',
  '\u2011': '-',
  '\u2012': '-',
  '\u2013': '-',
  '\u2014': '-',
  '\u2212': '-',
  '\u30fc': '-',
  '\u3002': '.',
  '\uff61': '.',
  '\u00b7': '.',
  '\u2022': '.',
  '\u2219': '.',
  '\u22c5': '.',
  '\u30fb': '.',
  '\u2044': '/',
  '\u3010': '[',
  '\u3011': ']',
  '\u3014': '[',
  '\u3015': ']',
};

/** NFKC turns these into a letter, and a sign of ownership is no `c`. */
const keptSigns = /[\u00a9\u00ae\u2122\u2120]/;
const latinOrAddress = /[A-Za-z@]/;

/**
 * The text as somebody reads it who knows no tricks: full-width, circled, mathematical and foreign digits and letters as
 * plain ones (NFKC), what is not seen left out, and letters of other alphabets that look Latin as Latin, in words that are
 * Latin otherwise or look it as a whole. Accents stay. Its length may differ from the text's.
 */
export const plainCharacters = (text: string): string =>
  [...text].map(plain).join('').normalize('NFC').replace(/\p{M}/gu, '').replace(/\S+/g, latinWord);

const plain = (character: string): string =>
  keptSigns.test(character) ? character : [...character.normalize('NFKC')].map(plainOne).join('');

const plainOne = (character: string): string => {
  if (/\s/.test(character)) return character === '\n' ? '\n' : ' ';
  if (/\p{Cf}|\p{Cc}/u.test(character)) return '';
  const code = character.codePointAt(0)!;
  const zero = code < zeros[0]! ? undefined : zeros.find((each) => code >= each && code < each + 10);
  return zero === undefined ? (punctuation[character] ?? character) : String(code - zero);
};

const latinWord = (word: string): string => {
  const characters = [...word];
  if (!characters.some((character) => lookalikes.has(character))) return word;
  const looksLatin =
    latinOrAddress.test(word) ||
    characters.every((character) => lookalikes.has(character) || !/\p{L}/u.test(character));
  return looksLatin ? characters.map((character) => lookalikes.get(character) ?? character).join('') : word;
};
