import { digitsOf, type DigitRun } from './digit-groups.js';

/** Looks like a phone number and is none, whatever stands beside it. */
export const isNeverDialled = (run: DigitRun): boolean => {
  const digits = digitsOf(run);
  return isDate(run) || isDecimalOrAddress(run) || /^(\d)\1+$/.test(digits) || isCounting(digits);
};

/** Looks like an amount, a draw or an article's number, unless somebody says that it is to be dialled. */
export const isCounted = (run: DigitRun): boolean =>
  isAmount(run) || isDrawn(run) || (isBarcode(run) && isArticleNumber(digitsOf(run)));

const isYear = (digits: string): boolean => /^(?:1[89]|20)\d\d$/.test(digits);
const isMonthOrDay = (digits: string): boolean => /^\d{1,2}$/.test(digits) && +digits >= 1 && +digits <= 31;

/** `12.05.2024`, `2024-05-12 10 30`, `1998 - 2003`, `20240512`, `12 05 24` */
const isDate = ({ groups }: DigitRun): boolean => {
  const [a, b, c] = groups.map(({ digits }) => digits);
  if (a === undefined) return false;
  if (groups.every(({ digits }) => isYear(digits))) return true;
  if (/^(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])/.test(a)) return true;
  if (b === undefined || c === undefined) return false;
  const [isDayFirst, isYearFirst] = [isMonthOrDay(a) && isMonthOrDay(b), isYear(a) && isMonthOrDay(b)];
  return (
    (isDayFirst && (isYear(c) || (groups.length === 3 && /^\d\d$/.test(c)))) ||
    (isYearFirst && isMonthOrDay(c))
  );
};

/** `40.712776`, `192.168.100.200` */
const isDecimalOrAddress = ({ groups, separators }: DigitRun): boolean => {
  const inner = separators.slice(1);
  if (inner.length === 0 || !inner.every((separator) => separator === '.')) return false;
  return (
    groups.length === 2 ||
    (groups.length === 4 && groups.every(({ digits }) => digits.length <= 3 && +digits <= 255))
  );
};

/** `1 299 000`, `12.500.000`: groups of three behind a first one that begins with no zero */
const isAmount = ({ groups, separators }: DigitRun): boolean => {
  const [first, ...others] = groups.map(({ digits }) => digits);
  const inner = separators.slice(1);
  return (
    others.length > 0 &&
    /^[1-9]\d{0,2}$/.test(first!) &&
    others.every((digits) => digits.length === 3) &&
    inner.every((separator) => separator === inner[0] && /^[ .]$/.test(separator))
  );
};

/** Numbers drawn in a lottery: each higher than the one before. Five pairs behind a zero are a number in France. */
const isDrawn = ({ groups }: DigitRun): boolean =>
  groups.length >= 5 &&
  !(groups.length === 5 && /^0[1-9]$/.test(groups[0]!.digits) && +groups.at(-1)!.digits > 59) &&
  groups.every(
    ({ digits }, index) => digits.length <= 2 && (index === 0 || +digits > +groups[index - 1]!.digits),
  );

const isCounting = (digits: string): boolean =>
  digits.length >= 7 && ('01234567890123456789'.includes(digits) || '98765432109876543210'.includes(digits));

/** In one group, or in those that stand below a bar code. */
const isBarcode = ({ groups }: DigitRun): boolean =>
  ['12', '13', '1,6,6', '1,5,5,1', '3,1,2,6,1', '3,1,4,4,1', '3,1,3,5,1', '3,1,5,3,1'].includes(
    groups.map(({ digits }) => digits.length).join(),
  );

/** EAN-13, UPC-A and ISBN-13 end in a check digit: weights 1 and 3 from the right (GS1 General Specifications, 7.9). */
const isArticleNumber = (digits: string): boolean => {
  if (digits.length !== 13 && digits.length !== 12) return false;
  const sum = [...digits]
    .reverse()
    .reduce((total, digit, index) => total + +digit * (index % 2 === 0 ? 1 : 3), 0);
  return sum % 10 === 0;
};
