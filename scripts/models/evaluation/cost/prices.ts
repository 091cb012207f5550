import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { categorySchema, ok, type Result } from '#libs/domain';
import { projectRoot } from '#libs/platform';
import { z } from 'zod';

/** Example numbers, to be replaced by an operator's own. */
export const shippedPrices = join(projectRoot, 'scripts/models/evaluation/cost/prices.json');

const moneySchema = z.number().nonnegative();
const mistakesSchema = z.strictObject({ falseAlarm: moneySchema, miss: moneySchema, review: moneySchema });

/** What machines, mistakes and a year of traffic cost. Unknown fields are refused: a misspelt one would silently not count. */
export const pricesSchema = z.strictObject({
  /** of all amounts, e.g. EUR */
  currency: z.string().min(1).max(10),
  /** of these numbers */
  asOf: z.iso.date(),
  /** where they come from */
  source: z.string().min(1),
  /** what a machine costs in an hour, by its name */
  machines: z.record(z.string(), z.strictObject({ perHour: moneySchema, description: z.string() })),
  /** the machine that evaluations run on, unless --machine names another */
  machine: z.string(),
  traffic: z.strictObject({
    picturesPerYear: z.number().int().positive(),
    /** share of the traffic that shows a category, within (0, 1); one that is not named is taken as in the data */
    prevalence: z.record(categorySchema, z.number().gt(0).lt(1)),
  }),
  /** of one picture, by category; `default` where a category is not named */
  mistakes: z.record(z.union([z.literal('default'), categorySchema]), mistakesSchema),
});
export type Prices = z.infer<typeof pricesSchema>;

export interface PricesRefusal {
  code: 'unusable_prices';
  detail: string;
}

/** Reads and checks a price table. */
export const readPrices = async (file: string): Promise<Result<Prices, PricesRefusal>> => {
  const refused = (detail: string) =>
    ({ ok: false, code: 'unusable_prices', detail: `${file}: ${detail}` }) as const;
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    return refused((error as Error).message);
  }
  const parsed = pricesSchema.safeParse(content);
  if (!parsed.success) return refused(z.prettifyError(parsed.error));
  const { machine, machines, mistakes } = parsed.data;
  if (!Object.hasOwn(machines, machine)) return refused(`machine ${machine} has no price`);
  if (!Object.hasOwn(mistakes, 'default')) return refused('mistakes has no default');
  return ok(parsed.data);
};

export const mistakeCosts = ({ mistakes }: Prices, category: string) =>
  mistakes[category] ?? mistakes['default']!;

/**
 * What the machine costs for a million pictures while this pack keeps all of it busy; decoding, storage and idle hours come
 * on top.
 *
 * @param picturesPerSecond of the whole machine
 */
export const costPerMillion = (perHour: number, picturesPerSecond: number): number =>
  (1e6 / picturesPerSecond / 3600) * perHour;
