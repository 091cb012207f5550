import { announcingLetters } from './around-numbers.js';

/** Digits that stand together in a text, as one group of a longer number. */
export interface DigitGroup {
  digits: string;
  start: number;
  end: number;
  /** some of it is written with letters: `4l5`, `four` */
  isDisguised: boolean;
  /** all of it is: `I`, `four`, which are words more often */
  isLetters: boolean;
}

/** Groups with nothing between them but what people put into phone numbers. */
export interface DigitRun {
  groups: DigitGroup[];
  /** what stands before each group; of the first one only a `+` and brackets */
  separators: string[];
}

const numberWords = new Map([
  ...'zero one two three four five six seven eight nine'
    .split(' ')
    .map((word, digit) => [word, String(digit)] as const),
  ['oh', '0'],
]);
const numberWord = new RegExp([...numberWords.keys()].join('|'), 'g');
/** Seven and more without spaces, which reading loses. */
const gluedWords = new RegExp(`^(?:${[...numberWords.keys()].join('|')}){7,15}$`, 'i');
const letterDigits: Record<string, string> = { o: '0', O: '0', l: '1', I: '1', i: '1', '|': '1' };

const tokens = /[\p{L}\p{N}|]+/gu;
/** ` - `, `) `, `.`, ` / `, and a line break; a comma or a colon is none: they part decimals and hours */
const within = /^(?:[ \n]?[-./()_~*]{0,3}[ \n]?|[ \n]{1,2}|\n)$/;
const opening = /(?:\+ ?|\+? ?\()$/;
/** Joins that may as well lie between two numbers. */
const loose = /[\n/~*_]|^ - $/;

/** Longer runs are cut: nobody writes a number in so many groups. */
const mostGroups = 24;

/** Runs of digits in a text, also with letters that stand for digits among them, and spelled digit by digit. */
export const digitRuns = (text: string): DigitRun[] => {
  const runs: DigitRun[] = [];
  let run: DigitRun | undefined;
  for (const token of text.matchAll(tokens)) {
    const group = groupOf(token[0], token.index, run !== undefined);
    const end = run?.groups.at(-1)?.end;
    const separator = end === undefined ? '' : text.slice(end, token.index);
    if (!group) {
      run = undefined;
      continue;
    }
    if (
      run &&
      end !== undefined &&
      within.test(separator) &&
      separator !== '' &&
      run.groups.length < mostGroups
    ) {
      run.groups.push(group);
      run.separators.push(separator);
      continue;
    }
    run = {
      groups: [group],
      separators: [opening.exec(text.slice(Math.max(0, token.index - 3), token.index))?.[0] ?? ''],
    };
    runs.push(run);
  }
  return runs.map(withoutWordsAtTheEnds).filter(({ groups }) => groups.length > 0);
};

const groupOf = (written: string, from: number, isGoingOn: boolean): DigitGroup | undefined => {
  const letters = /^\p{L}{2,30}?(?=\d)/u.exec(written)?.[0] ?? '';
  const skipped = announcingLetters.test(letters) ? letters.length : 0;
  const [token, start] = [written.slice(skipped), from + skipped];
  const end = start + token.length;
  if (/^\d+$/.test(token)) return { digits: token, start, end, isDisguised: false, isLetters: false };
  const word = numberWords.get(token.toLowerCase());
  if (word !== undefined) return { digits: word, start, end, isDisguised: true, isLetters: true };
  if (gluedWords.test(token)) {
    const spelled = token.toLowerCase().replace(numberWord, (each) => numberWords.get(each)!);
    return { digits: spelled, start, end, isDisguised: true, isLetters: false };
  }
  if (!/^[\doOlIi|]+$/.test(token)) return undefined;
  // letters alone count only within a number
  if (!/\d/.test(token) && !(isGoingOn && token.length <= 4)) return undefined;
  const digits = token.replace(/\D/g, (letter) => letterDigits[letter]!);
  return { digits, start, end, isDisguised: true, isLetters: !/\d/.test(token) };
};

/** `one` beside `555` is a word; among digits that stand alone it is one of them. */
const withoutWordsAtTheEnds = ({ groups, separators }: DigitRun): DigitRun => {
  const isWord = (at: number, neighbour: number): boolean =>
    groups[at]!.isLetters && (groups[neighbour]?.digits.length ?? 2) > 1;
  let [from, to] = [0, groups.length];
  while (from < to && isWord(from, from + 1)) from++;
  while (to > from && isWord(to - 1, to - 2)) to--;
  const kept = separators.slice(from, to);
  return { groups: groups.slice(from, to), separators: from === 0 ? kept : ['', ...kept.slice(1)] };
};

/** What of a separator belongs to the number behind it. */
export const openingOf = (separator: string): string => opening.exec(separator)?.[0] ?? '';

/** A run cut where two numbers may meet, or whole where it cannot be cut. */
export const looselyCut = ({ groups, separators }: DigitRun): DigitRun[] => {
  const cuts: DigitRun[] = [];
  groups.forEach((group, index) => {
    const last = cuts.at(-1);
    if (!last || loose.test(separators[index]!))
      cuts.push({ groups: [group], separators: [separators[index]!.replace(/^[\s\S]*?(?=\+|\(|$)/, '')] });
    else {
      last.groups.push(group);
      last.separators.push(separators[index]!);
    }
  });
  return cuts;
};

export const digitsOf = ({ groups }: DigitRun): string => groups.map(({ digits }) => digits).join('');

/** Digit by digit, but for one group that reading may have put together. */
export const isSpaced = ({ groups }: DigitRun): boolean =>
  groups.length >= 7 && groups.filter(({ digits }) => digits.length === 1).length >= groups.length - 1;
