import { z } from 'zod';
import { plainText } from '../policy/plain-text.js';

const mostEntries = 1_000;

/** A host name without scheme, port or path; it stands for its subdomains too. `*` and addresses are none. */
export const domainSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(253)
  .regex(
    /^(?!.*\.\d+$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9-]{2,63}$/,
    'a domain such as example.com, international ones in their xn-- form',
  );

/** Where links that are read in a picture may lead: what is denied weighs more than what is allowed. */
export const linkRulesSchema = z
  .strictObject({
    allow: z
      .array(domainSchema)
      .max(mostEntries)
      .default([])
      .describe('a code or text that leads to one of these counts as harmless'),
    deny: z
      .array(domainSchema)
      .max(mostEntries)
      .default([])
      .describe('a code or text that leads to one of these counts as certain'),
  })
  .default({ allow: [], deny: [] });
export type LinkRules = z.infer<typeof linkRulesSchema>;

/** Words that must not stand in a picture; case, accents and spaces do not matter. */
export const phraseRulesSchema = z
  .strictObject({ deny: z.array(plainText(100)).max(mostEntries).default([]) })
  .default({ deny: [] });
export type PhraseRules = z.infer<typeof phraseRulesSchema>;
