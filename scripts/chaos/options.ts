import { parseArgs } from 'node:util';
import { z } from 'zod';

export const usage = `Usage: npm run test:chaos [-- options]
  --short            5 000 uploads instead of 30 000
  --uploads N        so many instead
  --seed S           what is drawn, what breaks and when; a random one is taken and printed when it is left out
  --seeds 1-10       these seeds, one after the other
  --faults all       what breaks: all (the default), rolling (only orderly restarts of every app), none
  --bus kafka        the bus between the apps: kafka (the default) or postgres
  --blobs s3         where pictures are stored: s3 (the default) or disk
  --concurrency N    uploads in flight, default 32
  --json FILE        the figures as JSON
  --keep             keeps the folder with logs and journals also after a success`;

const shortUploads = 5_000;
const longUploads = 30_000;

const optionsSchema = z.object({
  short: z.boolean().default(false),
  uploads: z.coerce.number().int().min(1).max(1_000_000).optional(),
  seed: z.coerce.number().int().min(0).max(0xffffffff).optional(),
  seeds: z
    .string()
    .regex(/^\d+-\d+$/)
    .optional(),
  faults: z.enum(['all', 'rolling', 'none']).default('all'),
  bus: z.enum(['kafka', 'postgres']).default('kafka'),
  blobs: z.enum(['s3', 'disk']).default('s3'),
  concurrency: z.coerce.number().int().min(1).max(1_000).default(32),
  json: z.string().min(1).optional(),
  keep: z.boolean().default(false),
});

export interface ChaosOptions {
  uploads: number;
  seeds: number[];
  faults: 'all' | 'rolling' | 'none';
  bus: 'kafka' | 'postgres';
  blobs: 's3' | 'disk';
  /** uploads in flight at once */
  concurrency: number;
  /** where the figures go as JSON */
  jsonFile: string | undefined;
  keep: boolean;
}

/** @throws Error with the usage for options that do not fit */
export const readOptions = (args: string[]): ChaosOptions => {
  const read = optionsSchema.safeParse(parsed(args));
  if (!read.success) throw new Error(`${usage}\n\n${z.prettifyError(read.error)}`);
  const { short, uploads, seed, seeds, json, ...others } = read.data;
  return {
    ...others,
    uploads: uploads ?? (short ? shortUploads : longUploads),
    seeds: seeds === undefined ? [seed ?? Math.floor(Math.random() * 1e6)] : range(seeds),
    jsonFile: json,
  };
};

const parsed = (args: string[]): unknown => {
  try {
    return parseArgs({
      args,
      options: {
        short: { type: 'boolean' },
        uploads: { type: 'string' },
        seed: { type: 'string' },
        seeds: { type: 'string' },
        faults: { type: 'string' },
        bus: { type: 'string' },
        blobs: { type: 'string' },
        concurrency: { type: 'string' },
        json: { type: 'string' },
        keep: { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new Error(`${usage}\n\n${error instanceof Error ? error.message : String(error)}`, {
      cause: error,
    });
  }
};

const range = (text: string): number[] => {
  const [first = 0, last = 0] = text.split('-').map(Number);
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, index) => first + index);
};
