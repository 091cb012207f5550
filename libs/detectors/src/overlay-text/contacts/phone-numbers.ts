import { type CountryCode, parsePhoneNumberFromString, type PhoneNumber } from 'libphonenumber-js/max';
import { confidences, type Found } from './contact.js';
import { digitRuns, digitsOf, type DigitRun, looselyCut, openingOf } from './digit-groups.js';
import { isAnnounced, isCountedThing } from './around-numbers.js';
import { isCounted, isNeverDialled } from './numbers-of-other-kinds.js';

/** Digits of a number that can be dialled: a local one, and the longest by E.164 with its prefix to dial abroad. */
const [fewestDigits, mostDigits] = [7, 17];
/** Runs that are looked up: each takes about a millisecond. */
const mostLookups = 60;
const lookBehind = 32;
const lookAhead = 24;

/** Where a number's parts may be cut off the text it stands in. */
interface Surroundings {
  before: string;
  after: string;
}

/**
 * Phone numbers in a text: with `+` of any country; without it, of the regions given. What is dates, amounts, articles and
 * the like is left out, unless `+` or a word such as `call` says otherwise.
 */
export const findPhoneNumbers = (text: string, regions: readonly CountryCode[]): Found[] => {
  let lookups = 0;
  const look = (run: DigitRun): Found | undefined => {
    const { length } = digitsOf(run);
    if (length < fewestDigits || length > mostDigits || lookups++ >= mostLookups) return undefined;
    return phoneNumber(text, run, regions);
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

const phoneNumber = (text: string, run: DigitRun, regions: readonly CountryCode[]): Found | undefined => {
  const start = run.groups[0]!.start - run.separators[0]!.length;
  const end = run.groups.at(-1)!.end;
  const hasPlus = run.separators[0]!.includes('+');
  if (isAttached(text, hasPlus ? undefined : start, end)) return undefined;
  const around = {
    before: text.slice(Math.max(0, start - lookBehind), start),
    after: text.slice(end, end + lookAhead),
  };
  const number = confidenceOf(run, around, regions);
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

const isSpaced = ({ groups }: DigitRun): boolean =>
  groups.length >= fewestDigits &&
  groups.filter(({ digits }) => digits.length === 1).length >= groups.length - 1;

interface Valued {
  value: string;
  confidence: number;
}

const confidenceOf = (
  run: DigitRun,
  { before, after }: Surroundings,
  regions: readonly CountryCode[],
): Valued | undefined => {
  const digits = digitsOf(run);
  const hasPlus = run.separators[0]!.includes('+');
  const international = abroad(digits, hasPlus);
  if (hasPlus) {
    if (international) return { value: international.number, confidence: confidences.explicit };
    return digits.length >= 9 && digits.length <= 15 && !isNeverDialled(run)
      ? { value: `+${digits}`, confidence: confidences.fair }
      : undefined;
  }
  const isAsked = isAnnounced(before, after);
  if (isNeverDialled(run)) return undefined;
  if (!isAsked && (isCounted(run) || isCountedThing(before, after))) return undefined;
  const national = regions.flatMap((region) => valid(digits, region) ?? []);
  const known = [...(international ? [international] : []), ...national];
  const value = known.find((number) => isGroupedAs(number, digits, run))?.number ?? digits;
  if (isAsked) {
    if (known.length > 0) return { value, confidence: confidences.explicit };
    return isAnnouncedAnyhow(run, digits) ? { value, confidence: confidences.likely } : undefined;
  }
  const confidence = unannounced(run, digits, known);
  return confidence === undefined ? undefined : { value, confidence };
};

/** `+44 20 …`, `0044 20 …`, and `44 20 …`, whose `+` was not read. */
const abroad = (digits: string, hasPlus: boolean): PhoneNumber | undefined => {
  if (hasPlus) return valid(digits.replace(/^00/, ''), undefined);
  if (/^00[1-9]/.test(digits)) return valid(digits.slice(2), undefined);
  return digits.length >= 11 && !digits.startsWith('0') ? valid(digits, undefined) : undefined;
};

const valid = (digits: string, region: CountryCode | undefined): PhoneNumber | undefined => {
  const number = region
    ? parsePhoneNumberFromString(digits, region)
    : parsePhoneNumberFromString(`+${digits}`);
  return number?.isValid() === true ? number : undefined;
};

/** Local numbers, and those of countries that nobody named: only groups as people dial them. */
const isAnnouncedAnyhow = (run: DigitRun, digits: string): boolean =>
  digits.length <= 15 &&
  (digits.length >= 8 || isLocal(run)) &&
  !run.separators.slice(1).every((each) => each === '.' && run.groups.length === 2);

const isLocal = ({ groups }: DigitRun): boolean =>
  groups.length === 1 || (groups.length === 2 && groups[0]!.digits.length === 3);

const unannounced = (run: DigitRun, digits: string, known: PhoneNumber[]): number | undefined => {
  const shape = run.groups.map((group) => group.digits.length);
  if (isNorthAmerican(run, shape)) return known.length > 0 ? confidences.clear : confidences.likely;
  if (known.length === 0 || digits.length < 9) return undefined;
  if (run.separators.some((separator) => separator.includes('\n'))) return confidences.weak;
  if (shape.length > 1 && known.some((number) => isGroupedAs(number, digits, run))) return confidences.clear;
  if (isSpaced(run)) return confidences.likely;
  if (shape.length === 1) return digits.length >= 10 ? confidences.fair : confidences.weak;
  const isTrunk = digits.startsWith('0') && known.some((number) => number.getType() !== ('UNKNOWN' as never));
  return isTrunk && shape.length <= 6 ? confidences.fair : confidences.weak;
};

/** `(123) 456-7890`, `123-456-7890`, `1.123.456.7890`: the form alone says what it is. */
const isNorthAmerican = ({ separators, groups }: DigitRun, shape: number[]): boolean => {
  const [from, inner] =
    shape.join() === '3,3,4'
      ? [0, separators.slice(1)]
      : shape.join() === '1,3,3,4' && groups[0]!.digits === '1'
        ? [1, separators.slice(2)]
        : [0, []];
  if (inner.length !== 2 || (/[01]/.test(groups[from]!.digits[0]!) && !separators[from]!.includes('(')))
    return false;
  return separators[from]!.includes('(') || inner.every((separator) => /[-.]/.test(separator));
};

/** In the groups that the country uses, at home or behind its country code. */
const isGroupedAs = (number: PhoneNumber, digits: string, { groups }: DigitRun): boolean => {
  const written = groups.map((group) => group.digits.length).join();
  const shapeOf = (formatted: string): string =>
    (formatted.match(/\d+/g) ?? []).map(({ length }) => length).join();
  const international = number.formatInternational();
  const home = international.replace(/^\+\d+ /, '');
  return [number.formatNational(), international, home].some(
    (formatted) => shapeOf(formatted) === written && formatted.replace(/\D/g, '') === digits,
  );
};
