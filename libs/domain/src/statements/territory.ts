import { z } from 'zod';

/**
 * The countries of the European Economic Area, ISO 3166-1 alpha-2, as the Commission's transparency database takes them
 * (Greece is GR).
 */
export const eeaCountries = [
  'AT',
  'BE',
  'BG',
  'CY',
  'CZ',
  'DE',
  'DK',
  'EE',
  'ES',
  'FI',
  'FR',
  'GR',
  'HR',
  'HU',
  'IE',
  'IS',
  'IT',
  'LI',
  'LT',
  'LU',
  'LV',
  'MT',
  'NL',
  'NO',
  'PL',
  'PT',
  'RO',
  'SE',
  'SI',
  'SK',
] as const;
export type EeaCountry = (typeof eeaCountries)[number];

/** Where a restriction holds: everywhere, or in these countries only. */
export const territorialScopeSchema = z.union([
  z.literal('worldwide'),
  z
    .array(z.enum(eeaCountries))
    .min(1)
    .refine((countries) => new Set(countries).size === countries.length, 'a country stands here twice'),
]);
export type TerritorialScope = z.infer<typeof territorialScopeSchema>;
