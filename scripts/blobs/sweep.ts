import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { z } from 'zod';
import { blobFields, blobSettings, type BlobStore, openBlobStore } from '#libs/blobs';
import { type DataSource, recordAudit } from '#libs/database';
import { ConfigError, fields, loadConfig } from '#libs/platform';
import { withDatabase } from '../admin/with-database.js';
import { fatesThatDelete } from './fate.js';
import { emptyTally, sweepBlobs, type SweepOptions, type Tally } from './sweep-blobs.js';

const usage = `npm run blobs:sweep [-- --dry-run] [--min-age-hours 24] [--unknown-too]

Deletes stored pictures that no policy's retention keeps, no open case needs and no verdict waits for.
--dry-run shows what would go. What was stored in the last --min-age-hours (1 at the least) stays in any case.
--unknown-too goes on where the database knows none of the pictures.`;

const optionsSchema = z.object({
  'dry-run': z.boolean().default(false),
  'unknown-too': z.boolean().default(false),
  'min-age-hours': z.coerce.number().min(1).max(8760).default(24),
});

const schema = z.object({
  ...blobFields,
  DATA_DIR: fields.text('.data').describe('Folder for what a process keeps'),
  BLOB_ORPHAN_DAYS: fields
    .integer(30, { min: 1, max: 3650 })
    .describe(
      'Days after which a stored picture goes that no content tells of; longer than the bus keeps events',
    ),
  KAFKA_RETENTION_HOURS: fields.integer(168, { min: 1 }).describe('How long the bus keeps events'),
});

const hourMs = 60 * 60_000;

/** npm run blobs:sweep */
export const main = async (args: string[]): Promise<number> => {
  const { values } = parseArgs({
    args,
    options: {
      'dry-run': { type: 'boolean' },
      'unknown-too': { type: 'boolean' },
      'min-age-hours': { type: 'string' },
    },
  });
  const options = optionsSchema.safeParse(values);
  if (!options.success) {
    console.error(`${usage}\n${z.prettifyError(options.error)}`);
    return 1;
  }
  const { 'dry-run': dryRun, 'unknown-too': unknownToo, 'min-age-hours': minAgeHours } = options.data;
  const read = readConfig();
  const store = await openBlobStore(blobSettings(read));
  try {
    const rules = {
      dryRun,
      unknownToo,
      minAgeMs: minAgeHours * hourMs,
      orphanAgeMs: read.BLOB_ORPHAN_DAYS * 24 * hourMs,
    };
    await withDatabase((dataSource) => sweepAndTell(store, dataSource, rules));
    return 0;
  } finally {
    await store.close();
  }
};

/** What was done is told also when it ends half-way. */
const sweepAndTell = async (
  store: BlobStore,
  dataSource: DataSource,
  options: SweepOptions,
): Promise<void> => {
  const tally = emptyTally();
  try {
    await sweepBlobs(store, dataSource, options, tally);
  } finally {
    console.log(tableOf(tally, options.dryRun));
    if (!options.dryRun) await auditSweep(dataSource, tally);
  }
};

/** Counts only: which pictures they were, the ledger tells by its contents and their policies. */
const auditSweep = async (dataSource: DataSource, tally: Tally): Promise<void> => {
  const deleted = fatesThatDelete.map((fate) => [fate, tally[fate].pictures] as const);
  if (deleted.every(([, pictures]) => pictures === 0)) return;
  await dataSource.transaction((transaction) =>
    recordAudit(
      transaction,
      { kind: 'system' },
      {
        act: 'pictures.swept',
        subject: { kind: 'store', id: 'pictures' },
        details: Object.fromEntries(deleted),
      },
    ),
  );
};

const readConfig = () => {
  const read = loadConfig(schema);
  if (read.BLOB_ORPHAN_DAYS * 24 > read.KAFKA_RETENTION_HOURS) return read;
  const problem = `is no longer than KAFKA_RETENTION_HOURS (${read.KAFKA_RETENTION_HOURS}): pictures of events that still wait would go`;
  const example = `${Math.floor(read.KAFKA_RETENTION_HOURS / 24) + 1}`;
  throw new ConfigError([{ name: 'BLOB_ORPHAN_DAYS', problem, example }]);
};

const reasons: Record<keyof Tally, string> = {
  young: 'stored a short while ago',
  'open-case': 'a person has yet to decide',
  'not-final': 'the verdict may still change',
  retained: 'the policy keeps it',
  awaited: 'no content tells of it yet',
  refreshed: 'stored again meanwhile',
  expired: 'kept long enough',
  orphan: 'no content ever told of it',
};

const tableOf = (tally: Tally, dryRun: boolean): string => {
  const table = new Table({ head: ['', 'because', 'pictures', 'MB'], style: { head: [], border: [] } });
  for (const [fate, because] of Object.entries(reasons) as [keyof Tally, string][]) {
    const isGone = (fatesThatDelete as string[]).includes(fate);
    const outcome = isGone ? (dryRun ? 'would go' : 'deleted') : 'kept';
    table.push([outcome, because, tally[fate].pictures, (tally[fate].bytes / 1e6).toFixed(1)]);
  }
  return table.toString();
};
