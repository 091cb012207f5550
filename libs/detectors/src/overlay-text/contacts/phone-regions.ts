import type { CountryCode } from 'libphonenumber-js/max';

/**
 * Whose national forms are known for phone numbers without `+` and country code, by default: populous countries whose
 * numbers have nine digits and more. Shorter ones (Denmark, Norway, Singapore, Hong Kong: eight) look like dates and serial
 * numbers, so that operators who need them name them.
 */
export const defaultRegions: readonly CountryCode[] = [
  'US',
  'GB',
  'DE',
  'FR',
  'ES',
  'IT',
  'NL',
  'BE',
  'PL',
  'PT',
  'RU',
  'UA',
  'TR',
  'BR',
  'MX',
  'AR',
  'CO',
  'IN',
  'PK',
  'BD',
  'ID',
  'PH',
  'VN',
  'TH',
  'MY',
  'NG',
  'KE',
  'ZA',
  'EG',
  'AE',
  'CN',
  'JP',
  'KR',
  'AU',
];
