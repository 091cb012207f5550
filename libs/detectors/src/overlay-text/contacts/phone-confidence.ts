import type { PhoneNumber } from 'libphonenumber-js/max';
import { isAnnounced, isCountedThing } from './around-numbers.js';
import { confidences } from './contact.js';
import { digitsOf, type DigitRun, isSpaced } from './digit-groups.js';
import { isCounted, isNeverDialled } from './numbers-of-other-kinds.js';
import type { PhoneDirectory } from './phone-directory.js';

/** Some characters to both sides of a number. */
export interface Surroundings {
  before: string;
  after: string;
}

/** What a run of digits is as a phone number, and how surely; undefined where it is none. */
export const phoneNumberOf = (
  run: DigitRun,
  { before, after }: Surroundings,
  directory: PhoneDirectory,
): { value: string; confidence: number } | undefined => {
  const digits = digitsOf(run);
  if (run.separators[0]!.includes('+')) return withPlus(run, digits, directory);
  const isAsked = isAnnounced(before, after);
  if (isNeverDialled(run)) return undefined;
  if (!isAsked && (isCounted(run) || isCountedThing(before, after))) return undefined;
  const known = directory.numbersOf(digits, false);
  const isAbroad = /^00[1-9]/.test(digits);
  const value = known.find((number) => isAbroad || isGroupedAs(number, digits, run))?.number ?? digits;
  const confidence = isAsked ? announced(run, digits, known) : unannounced(run, digits, known);
  return confidence === undefined ? undefined : { value, confidence };
};

const withPlus = (
  run: DigitRun,
  digits: string,
  directory: PhoneDirectory,
): { value: string; confidence: number } | undefined => {
  const [number] = directory.numbersOf(digits, true);
  if (number) return { value: number.number, confidence: confidences.explicit };
  // a digit was misread, or the number is made up
  return digits.length >= 9 && digits.length <= 15 && !isNeverDialled(run)
    ? { value: `+${digits}`, confidence: confidences.fair }
    : undefined;
};

const announced = (run: DigitRun, digits: string, known: PhoneNumber[]): number | undefined => {
  if (known.length > 0) return confidences.explicit;
  return isAnnouncedAnyhow(run, digits) ? confidences.likely : undefined;
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
  return digits.startsWith('0') && shape.length <= 6 ? confidences.fair : confidences.weak;
};

/** `(123) 456-7890`, `123-456-7890`, `1.123.456.7890`: the form alone says what it is. */
const isNorthAmerican = ({ separators, groups }: DigitRun, shape: number[]): boolean => {
  const from = shape.join() === '1,3,3,4' && groups[0]!.digits === '1' ? 1 : 0;
  if (shape.slice(from).join() !== '3,3,4') return false;
  if (separators[from]!.includes('(')) return true;
  // no area code begins with 0 or 1
  return /^[2-9]/.test(groups[from]!.digits) && separators.slice(from + 1).every((each) => /[-.]/.test(each));
};

/** Where people leave out the prefix for calls within the country, and its zero or eight. */
const prefixLeftOut = new Set(['IN', 'RU', 'TR', 'TH', 'CN']);

/** In the groups that the country uses, at home or behind its country code. */
const isGroupedAs = (number: PhoneNumber, digits: string, { groups }: DigitRun): boolean => {
  const written = groups.map((group) => group.digits.length).join();
  const shapeOf = (formatted: string): string =>
    (formatted.match(/\d+/g) ?? []).map(({ length }) => length).join();
  const international = number.formatInternational();
  const forms = [number.formatNational(), international];
  if (prefixLeftOut.has(number.country ?? '')) forms.push(international.replace(/^\+\d+ /, ''));
  return forms.some((formatted) => shapeOf(formatted) === written && formatted.replace(/\D/g, '') === digits);
};
