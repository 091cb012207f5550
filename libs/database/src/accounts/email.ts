import { z } from 'zod';

/** An e-mail address as it is stored: lower case, since people write their own in either. */
export const emailSchema = z
  .string()
  .max(320)
  .trim()
  .toLowerCase()
  .pipe(z.email('an e-mail address, e.g. kim@example.org'));
