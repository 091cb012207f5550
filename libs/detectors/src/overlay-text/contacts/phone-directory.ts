import { type CountryCode, parsePhoneNumberFromString, type PhoneNumber } from 'libphonenumber-js/max';
import { defaultRegions } from './phone-regions.js';

/** A look-up over all regions takes one to two milliseconds; pictures have few numbers. */
const mostLookups = 100;

/**
 * Which phone numbers some digits are, in the numbering plans of the regions given and, with its country code, of any
 * country. Made for one picture: after 100 different numbers it knows no more.
 */
export class PhoneDirectory {
  readonly #known = new Map<string, PhoneNumber[]>();

  constructor(private readonly regions: readonly CountryCode[] = defaultRegions) {}

  /** Valid numbers: abroad first, then of each region in order. @param hasPlus the digits begin with a country code */
  numbersOf(digits: string, hasPlus: boolean): PhoneNumber[] {
    const key = hasPlus ? `+${digits}` : digits;
    const known = this.#known.get(key);
    if (known || this.#known.size >= mostLookups) return known ?? [];
    const abroad = withCountryCode(digits, hasPlus);
    const home = hasPlus ? [] : this.regions.map((region) => parsePhoneNumberFromString(digits, region));
    const numbers = [abroad, ...home].filter((number) => number?.isValid() === true) as PhoneNumber[];
    this.#known.set(key, numbers);
    return numbers;
  }
}

/** `+44 20 …`, `0044 20 …`, and `44 20 …`, whose `+` was not read. */
const withCountryCode = (digits: string, hasPlus: boolean): PhoneNumber | undefined => {
  const isAbroad = hasPlus || /^00[1-9]/.test(digits) || (digits.length >= 11 && !digits.startsWith('0'));
  return isAbroad ? parsePhoneNumberFromString(`+${digits.replace(/^00/, '')}`) : undefined;
};
