import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ok, type Result } from '#libs/domain';
import { projectRoot } from '#libs/platform';
import { z } from 'zod';
import { calibrationMethods } from './calibration/fit-calibration.js';
import { shippedPrices } from './cost/prices.js';

export const usage = `Usage: npm run models:evaluate -- --data FOLDER|FILE.jsonl|samples [options]
       npm run models:evaluate -- [FOLDER …] [--reference]

--data      a folder with one folder of pictures per label (sexual__explicit, benign, porn), a file with one
            {"path", "label", …} a line, or "samples", the sample photos beside the repository
--packs     a,b,FOLDER     names in models/, or folders of packs          (all that classify)
--out       DIR            where the reports go                           (.data/evaluation/<time>)
--thresholds 0.5,0.9       looked at beside the policy's
--policy    FILE.yaml      whose thresholds are looked at                 (the default policy)
--prices    FILE.json      what machines and mistakes cost                (example numbers)
--machine   NAME           of the price table, that this runs on          (the table's)
--accuracy  auc|average-precision|f1   drawn against latency, size, cost  (auc)
--slices    a,b            columns of the data to compare parts by        (all with 2 to 20 values)
--batches   1,4,16         pictures a run, for the speed                  (GPU: 1,8,32,128)
--threads   N              of inference                                   (one a core)
--provider  cpu|cuda|tensorrt|webgpu
--calibrate platt|temperature|isotonic    fitted and written into the packs' manifests
--review    brings the packs' review.json up to date
--skip-unusable            leaves out pictures that are missing or cannot be decoded
--no-speed                 measures no latency, throughput, memory

Without --data: which share of the pictures in the folders each threshold would flag. With --reference, also how well
the packs agree with nsfwjs itself.`;

const list = z
  .string()
  .transform((text) => text.split(',').map((each) => each.trim()))
  .pipe(z.array(z.string().min(1)).min(1));
const numbers = list.transform((texts) => texts.map(Number)).pipe(z.array(z.number()));

const optionsSchema = z
  .object({
    data: z.string().min(1).optional(),
    packs: list.optional(),
    out: z.string().optional(),
    thresholds: numbers.pipe(z.array(z.number().min(0).max(1))).default([]),
    policy: z.string().optional(),
    prices: z.string().default(shippedPrices),
    machine: z.string().optional(),
    accuracy: z.enum(['auc', 'average-precision', 'f1']).default('auc'),
    slices: list.optional(),
    batches: numbers.pipe(z.array(z.number().int().min(1).max(1024))).optional(),
    threads: z.coerce.number().int().min(1).max(256).default(availableParallelism()),
    provider: z.enum(['cpu', 'cuda', 'tensorrt', 'webgpu']).default('cpu'),
    calibrate: z.enum(calibrationMethods).optional(),
    review: z.boolean().default(false),
    'skip-unusable': z.boolean().default(false),
    'no-speed': z.boolean().default(false),
    reference: z.boolean().default(false),
  })
  .transform((given) => ({
    ...given,
    out:
      given.out ??
      join(projectRoot, '.data/evaluation', new Date().toISOString().replaceAll(':', '-').slice(0, 19)),
    batches: given.batches ?? (given.provider === 'cpu' ? [1, 4, 16] : [1, 8, 32, 128]),
    skipUnusable: given['skip-unusable'],
    speed: !given['no-speed'],
  }));

export type EvaluateOptions = z.output<typeof optionsSchema> & {
  /** of pictures without labels */
  folders?: string[];
};

export interface OptionsRefusal {
  code: 'invalid_options';
  detail: string;
}

/** Reads the command line. */
export const readOptions = (args: string[]): Result<EvaluateOptions, OptionsRefusal> => {
  const refused = (detail: string) => ({ ok: false, code: 'invalid_options', detail }) as const;
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  let given: { values: Record<string, unknown>; positionals: string[] };
  try {
    given = parseArgs({
      args,
      allowPositionals: true,
      options: {
        ...{
          data: text,
          packs: text,
          out: text,
          thresholds: text,
          policy: text,
          prices: text,
          machine: text,
        },
        ...{ accuracy: text, slices: text, batches: text, threads: text, provider: text, calibrate: text },
        ...{ review: flag, 'skip-unusable': flag, 'no-speed': flag, reference: flag },
      },
    });
  } catch (error) {
    return refused((error as Error).message);
  }
  const read = optionsSchema.safeParse(given.values);
  if (!read.success) return refused(z.prettifyError(read.error));
  const { data, calibrate, review } = read.data;
  if (data !== undefined && given.positionals.length > 0)
    return refused(`${given.positionals.join(' ')}: with --data no further folders are looked at`);
  if (data === undefined && (calibrate || review)) return refused('--calibrate and --review need --data');
  return ok({ ...read.data, ...(given.positionals.length > 0 && { folders: given.positionals }) });
};
