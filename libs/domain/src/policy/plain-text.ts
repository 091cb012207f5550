import { z } from 'zod';

/** Postgres stores no NUL, and no half of a surrogate pair. */
export const isStorableText = (text: string): boolean => !/\0|\p{Surrogate}/u.test(text);

/** Text for people, of 1 to `longest` characters. */
export const plainText = (longest: number) =>
  z.string().trim().min(1).max(longest).refine(isStorableText, 'text has neither NUL nor half characters');
