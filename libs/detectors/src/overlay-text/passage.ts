import { plainCharacters } from './plain-characters.js';
import type { TextLine } from './text-reader.js';

/** Lines that belong together, as one text: ` ` between what stands in one row, a line break between rows. */
export interface Passage {
  /** in plain characters */
  text: string;
  /** which of its lines each character (UTF-16 unit) is of */
  lineAt: number[];
  lines: TextLine[];
}

/** Most characters of one line that are looked at: longer ones are no lines. */
const longestLine = 300;

/** Lines in reading order, each with what separates it from the one before. */
export const passageOf = (lines: { line: TextLine; separator: string }[]): Passage => {
  let text = '';
  const lineAt: number[] = [];
  lines.forEach(({ line, separator }, index) => {
    const added = (index === 0 ? '' : separator) + plainCharacters(line.text.slice(0, longestLine));
    text += added;
    for (let at = 0; at < added.length; at++) lineAt.push(index);
  });
  return { text, lineAt, lines: lines.map(({ line }) => line) };
};

/** Replaces what a pattern matches; what is new is of the line where the match began. @param pattern with the flag g */
export const rewritten = (
  passage: Passage,
  pattern: RegExp,
  replacement: (match: RegExpMatchArray) => string,
): Passage => {
  let text = '';
  let from = 0;
  const lineAt: number[] = [];
  const keep = (to: number): void => {
    text += passage.text.slice(from, to);
    for (let at = from; at < to; at++) lineAt.push(passage.lineAt[at]!);
  };
  for (const match of passage.text.matchAll(pattern)) {
    keep(match.index);
    const put = replacement(match);
    text += put;
    for (let at = 0; at < put.length; at++) lineAt.push(passage.lineAt[match.index]!);
    from = match.index + match[0].length;
  }
  if (from === 0) return passage;
  keep(passage.text.length);
  return { ...passage, text, lineAt };
};
