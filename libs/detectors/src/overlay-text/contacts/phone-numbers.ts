import { isAnnounced } from './around-numbers.js';
import { confidences, type Found } from './contact.js';
import { digitRuns, digitsOf, type DigitRun, isSpaced, looselyCut, openingOf } from './digit-groups.js';
import { phoneNumberOf } from './phone-confidence.js';
import type { PhoneDirectory } from './phone-directory.js';

/** Digits of a number that can be dialled: a local one, and the longest by E.164 with its prefix to dial abroad. */
const [fewestDigits, mostDigits] = [7, 17];
const lookBehind = 32;
const lookAhead = 24;

/**
 * Phone numbers in a text: with `+` of any country; without it, of the directory's regions. What is dates, amounts, articles and
 * the like is left out, unless `+` or a word such as `call` says otherwise.
 */
export const findPhoneNumbers = (text: string, directory: PhoneDirectory): Found[] => {
  const look = (run: DigitRun): Found | undefined => {
    const { length } = digitsOf(run);
    if (length < fewestDigits || length > mostDigits) return undefined;
    return phoneNumber(text, run, directory);
  };
  return digitRuns(text).flatMap((run) => {
    const whole = look(run);
    if (whole && whole.confidence >= confidences.clear) return [whole];
    const others = alternatives(run)
      .map((parts) => parts.flatMap((part) => look(part) ?? []))
      .filter((parts) => parts.length > 0);
    const best = others.sort((a, b) => surest(b) - surest(a))[0] ?? [];
    return surest(best) > surest(whole ? [whole] : []) ? best : whole ? [whole] : [];
  });
};

const surest = (found: Found[]): number => Math.max(0, ...found.map(({ confidence }) => confidence));

/** How a run may be read otherwise: as several numbers, or as one beside another figure. */
const alternatives = (run: DigitRun): DigitRun[][] => {
  const cuts = looselyCut(run);
  return [
    ...(cuts.length > 1 ? [cuts] : []),
    ...equalParts(run),
    ...(isParted(run, run.groups.length - 1) ? [[partOf(run, 0, run.groups.length - 1)]] : []),
    ...(isParted(run, 1) ? [[partOf(run, 1, run.groups.length)]] : []),
  ];
};

/** A mere space, or the end of a row, is before this group: it may be of something else. */
const isParted = ({ groups, separators }: DigitRun, at: number): boolean =>
  groups.length > 2 && /^(?:[ \n]+| - )$/.test(separators[at]!);

const partOf = ({ groups, separators }: DigitRun, from: number, to: number): DigitRun => ({
  groups: groups.slice(from, to),
  separators: [from === 0 ? separators[0]! : openingOf(separators[from]!), ...separators.slice(from + 1, to)],
});

/** Runs too long for one number: `555-123-4567 555-765-4321`. */
const equalParts = (run: DigitRun): DigitRun[][] =>
  digitsOf(run).length <= mostDigits
    ? []
    : [2, 3].flatMap((count) => {
        const size = run.groups.length / count;
        if (!Number.isInteger(size)) return [];
        return [Array.from({ length: count }, (_, index) => partOf(run, index * size, (index + 1) * size))];
      });

const phoneNumber = (text: string, run: DigitRun, directory: PhoneDirectory): Found | undefined => {
  const start = run.groups[0]!.start - run.separators[0]!.length;
  const end = run.groups.at(-1)!.end;
  const hasPlus = run.separators[0]!.includes('+');
  if (isAttached(text, hasPlus ? undefined : start, end)) return undefined;
  const around = {
    before: text.slice(Math.max(0, start - lookBehind), start),
    after: text.slice(end, end + lookAhead),
  };
  const number = phoneNumberOf(run, around, directory);
  if (!number) return undefined;
  const isDisguised = run.groups.some((group) => group.isDisguised) || isSpaced(run);
  return { kind: 'phone number', ...number, isDisguised, start, end };
};

/** Of a longer name or number: `WH-1000`, `12,50`, `10:30`. @param start none where a `+` tells that a number begins */
const isAttached = (text: string, start: number | undefined, end: number): boolean =>
  (start !== undefined &&
    /[\p{L}\p{N}_][-_]?$|\d[,:']$|[$€£¥]\s?$/u.test(text.slice(Math.max(0, start - 2), start)) &&
    !isAnnounced(text.slice(Math.max(0, start - lookBehind), start), '')) ||
  /^(?:[\p{L}_]|[,:']\d|-[\p{L}])/u.test(text.slice(end, end + 2));
