import { z } from 'zod';

/** What a person may conclude. */
export const humanVerdictSchema = z.enum(['allow', 'block']);
export type HumanVerdict = z.infer<typeof humanVerdictSchema>;

export const reasonCodeSchema = z
  .string()
  .regex(/^[a-z][a-z0-9_]{0,63}$/, 'a reason is a short code such as sexual_explicit');
export const maxNoteLength = 4000;
