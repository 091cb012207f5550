import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { z } from 'zod';
import { statementsSettleSeconds } from '#libs/database';
import { withDatabase } from '../admin/with-database.js';
import { statementLines } from './statement-lines.js';

const usage = `npm run statements:export -- --from 2026-11-01 --to 2026-12-01 --file FILE [--format dsa|full] [--batches]

Writes the statements of reasons that were issued at --from or later and before --to (days or instants, in UTC; nothing
younger than ${statementsSettleSeconds} s) as JSON lines. --format dsa (the default): in the fields and values of the Commission's DSA
Transparency Database. --batches: each line is a body for its endpoint for many, with up to 100 statements.`;

const instant = z
  .union(
    [z.iso.date(), z.iso.datetime({ offset: true })],
    'a day (2026-11-01) or an instant (2026-11-01T08:00:00Z)',
  )
  .transform((text) => new Date(text));
const optionsSchema = z
  .object({
    from: instant,
    to: instant,
    file: z.string('a file to write to').min(1),
    format: z.enum(['dsa', 'full']).default('dsa'),
    batches: z.boolean().default(false),
  })
  .refine(({ from, to }) => from < to, { path: ['to'], message: 'must lie after --from' });

/** npm run statements:export. @returns 0 once the file is complete; before that there is none of its name */
export const main = async (args: string[]): Promise<number> => {
  const { values } = parseArgs({
    args,
    options: {
      from: { type: 'string' },
      to: { type: 'string' },
      file: { type: 'string' },
      format: { type: 'string' },
      batches: { type: 'boolean' },
    },
  });
  const options = optionsSchema.safeParse(values);
  if (!options.success) {
    console.error(`${usage}\n${z.prettifyError(options.error)}`);
    return 1;
  }
  const { file, ...wanted } = options.data;
  const partial = `${file}.part`;
  try {
    let statements = 0;
    await withDatabase((dataSource) =>
      pipeline(async function* () {
        for await (const line of statementLines(dataSource, wanted)) {
          statements += line.statements;
          yield `${line.text}\n`;
        }
      }, createWriteStream(partial)),
    );
    await rename(partial, file);
    console.log(`${statements} statements in ${file}.`);
    return 0;
  } catch (error) {
    await rm(partial, { force: true });
    throw error;
  }
};
