import { z } from 'zod';

/** Text for people, of 1 to `longest` characters. Postgres stores no NUL. */
export const plainText = (longest: number) =>
  z
    .string()
    .trim()
    .min(1)
    .max(longest)
    .refine((value) => !value.includes('\0'), 'text has no NUL');
