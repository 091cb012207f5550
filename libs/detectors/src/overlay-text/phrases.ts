import type { PhraseRules } from '#libs/domain';
import type { Passage } from './passage.js';
import { plainCharacters } from './plain-characters.js';

/** A denied phrase that stands in a passage. */
export interface FoundPhrase {
  /** as the policy writes it */
  phrase: string;
  /** 0–1: less where a character was read as another one that looks like it */
  confidence: number;
  /** of the passage, by their index */
  lines: number[];
}

/** A letter or digit, or two that look like one. */
interface Shape {
  /** what it looks like to an OCR engine: `o` for `0`, `l` for `1` and `i`, `m` for `rn` */
  look: string;
  /** as it is written, in lower case and without accents */
  written: string;
  /** letters with nothing between them are of one word */
  word: number;
  /** its place in the source */
  from: number;
}

interface CompiledPhrase {
  phrase: string;
  shapes: Shape[];
  looks: string;
}

const lookalikes: Record<string, string> = { '0': 'o', '1': 'l', i: 'l', '5': 's' };
const pairs: Record<string, string> = { rn: 'm', vv: 'w' };
/** In shorter words a look-alike is another word more often than a misreading: `porn`, `pom`. */
const shortestMisreadWord = 4;
/** Of scripts that put no spaces between words, every character is a boundary. */
const unspaced =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u;
export const exactPhrase = 0.95;
export const misreadPhrase = 0.8;

/** A policy's phrases are prepared once, not for each picture. */
const compiled = new WeakMap<PhraseRules, CompiledPhrase[]>();

/**
 * The denied phrases in a passage, each once. Case, accents, spaces and punctuation do not matter; a phrase begins and ends
 * where words do; and in each of its words of four letters and more, one character may have been read as one that looks
 * like it: 0 and o, 1, l and i, 5 and s, rn and m, vv and w.
 */
export const findPhrases = (passage: Passage, rules: PhraseRules): FoundPhrase[] => {
  if (rules.deny.length === 0) return [];
  const phrases = compiled.get(rules) ?? rules.deny.map(compile);
  compiled.set(rules, phrases);
  const shapes = shapesOf(passage.text);
  const looks = looksOf(shapes);
  return phrases.flatMap((phrase) => {
    const match = bestMatch(phrase, shapes, looks);
    if (!match) return [];
    const places = shapes
      .slice(match.at, match.at + phrase.shapes.length)
      .map(({ from }) => passage.lineAt[from]!);
    return [{ phrase: phrase.phrase, confidence: match.confidence, lines: [...new Set(places)] }];
  });
};

const compile = (phrase: string): CompiledPhrase => {
  const shapes = shapesOf(plainCharacters(phrase));
  return { phrase, shapes, looks: looksOf(shapes) };
};

const looksOf = (shapes: Shape[]): string => shapes.map(({ look }) => look).join('');

const shapesOf = (source: string): Shape[] => {
  const letters = lettersOf(source);
  const shapes: Shape[] = [];
  for (let at = 0; at < letters.length; at++) {
    const { written, word, from } = letters[at]!;
    const next = letters[at + 1];
    const pair = next?.word === word ? pairs[written + next.written] : undefined;
    if (pair !== undefined) at++;
    shapes.push({
      look: pair ?? lookalikes[written] ?? written,
      written: pair === undefined ? written : written + next!.written,
      word,
      from,
    });
  }
  return shapes;
};

/** UTF-16 units, so that places in the looks are places among the shapes. */
const lettersOf = (source: string): Omit<Shape, 'look'>[] => {
  const letters: Omit<Shape, 'look'>[] = [];
  let [from, word] = [0, 0];
  for (const character of source) {
    const folded = character.normalize('NFKD').toLowerCase().replace(/\p{M}/gu, '').replace('ß', 'ss');
    const isLetter = /[\p{L}\p{N}]/u.test(folded);
    if (!isLetter || unspaced.test(character)) word++;
    if (isLetter) for (const written of folded.split('')) letters.push({ written, word, from });
    if (unspaced.test(character)) word++;
    from += character.length;
  }
  return letters;
};

const bestMatch = (
  phrase: CompiledPhrase,
  shapes: Shape[],
  looks: string,
): { at: number; confidence: number } | undefined => {
  if (phrase.shapes.length === 0) return undefined;
  let misread: number | undefined;
  for (let at = looks.indexOf(phrase.looks); at !== -1; at = looks.indexOf(phrase.looks, at + 1)) {
    const end = at + phrase.shapes.length;
    const isWhole = shapes[at - 1]?.word !== shapes[at]!.word && shapes[end]?.word !== shapes[end - 1]!.word;
    const misreadings = isWhole ? misreadingsOf(phrase.shapes, shapes, at) : undefined;
    if (misreadings === 0) return { at, confidence: exactPhrase };
    if (misreadings !== undefined) misread ??= at;
  }
  return misread === undefined ? undefined : { at: misread, confidence: misreadPhrase };
};

/** How many characters differ, or undefined where a word has too many. */
const misreadingsOf = (phrase: Shape[], shapes: Shape[], at: number): number | undefined => {
  const perWord = new Map<number, { letters: number; misreadings: number }>();
  phrase.forEach(({ word, written }, index) => {
    const { letters, misreadings } = perWord.get(word) ?? { letters: 0, misreadings: 0 };
    const isMisread = shapes[at + index]!.written !== written;
    perWord.set(word, { letters: letters + 1, misreadings: misreadings + Number(isMisread) });
  });
  const words = [...perWord.values()];
  const isTooFar = words.some(
    ({ letters, misreadings }) => misreadings > (letters < shortestMisreadWord ? 0 : 1),
  );
  return isTooFar ? undefined : words.reduce((sum, { misreadings }) => sum + misreadings, 0);
};
