import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { withDatabase } from '../admin/with-database.js';
import { type Head, type Verification, verifyChain } from './verify-chain.js';

const usage = `npm run audit:verify [-- --from N] [--expect-head SEQUENCE:HASH]… [--unsealed-limit SECONDS] [--json FILE]

Recomputes the hash chain over the audit: finds entries that were changed, removed or exchanged. Ends with 1 if any was.
--expect-head a place that an earlier run printed: also finds a chain that was cut off or written anew since then.
--from the first sequence to look at; what lies before it is believed. --unsealed-limit 60 by default.`;

const headSchema = z
  .string()
  .regex(/^[1-9]\d{0,14}:[0-9a-f]{64}$/, 'a sequence, a colon, and 64 hexadecimal digits')
  .transform((text): Head => {
    const [sequence, hash] = text.split(':') as [string, string];
    return { sequence: Number(sequence), hash };
  });

const optionsSchema = z.object({
  from: z.coerce.number().int().min(1).max(Number.MAX_SAFE_INTEGER).default(1),
  'expect-head': z.array(headSchema).default([]),
  'unsealed-limit': z.coerce.number().min(1).max(86_400).default(60),
  json: z.string().min(1).optional(),
});

const pageSize = 2_000;
const mostTroubles = 20;

/** npm run audit:verify. @returns 0 where nothing is wrong */
export const main = async (args: string[]): Promise<number> => {
  const { values } = parseArgs({
    args,
    options: {
      from: { type: 'string' },
      'expect-head': { type: 'string', multiple: true },
      'unsealed-limit': { type: 'string' },
      json: { type: 'string' },
    },
  });
  const options = optionsSchema.safeParse(values);
  if (!options.success) {
    console.error(`${usage}\n${z.prettifyError(options.error)}`);
    return 1;
  }
  const { from, 'expect-head': expectedHeads, 'unsealed-limit': unsealedLimitSeconds, json } = options.data;
  const found = await withDatabase(async (dataSource) => {
    // The audit grows for years: reading all of it is meant to take its time.
    await dataSource.query('SET statement_timeout = 0');
    return verifyChain(dataSource, { from, expectedHeads, unsealedLimitSeconds, mostTroubles, pageSize });
  });
  tell(found);
  if (json !== undefined)
    await writeFile(json, `${JSON.stringify({ intact: found.troubles.length === 0, ...found }, null, 2)}\n`);
  return found.troubles.length === 0 ? 0 : 1;
};

const tell = ({ checked, head, troubles, unsealed }: Verification): void => {
  for (const { kind, sequence, detail } of troubles)
    console.error(sequence === null ? `${kind}: ${detail}` : `${kind} at ${sequence}: ${detail}`);
  if (troubles.length >= mostTroubles) console.error(`Stopped after ${mostTroubles}; there may be more.`);
  const waiting = unsealed === 0 ? '' : `; ${unsealed} entries wait for their seals`;
  console.log(
    troubles.length === 0
      ? `Nothing was changed, removed or exchanged in ${checked} sealed entries${waiting}.`
      : `The audit is not what was written: ${troubles.length} faults in ${checked} sealed entries${waiting}.`,
  );
  // Kept somewhere that this database's owner cannot write, it is what a later run is held against.
  if (head) console.log(`Head: ${head.sequence}:${head.hash}`);
};
