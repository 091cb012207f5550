import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Estimate } from '#libs/domain';
import { type ModelPack, readManifest } from '#libs/inference';
import type { CategoryReport } from '../evaluation/evaluate-category.js';
import type { Evaluation, PackReport } from '../evaluation/evaluation.js';
import { folderOf } from '../evaluation/open-packs.js';
import { latencyOfOne } from '../evaluation/speed/speed-report.js';
import { openPoints } from './open-points.js';
import { emptyReview, manifestDigest, type Review } from './review.js';
import { readReview, writeReview } from './review-file.js';

/**
 * Brings the packs' review.json up to date: what was computed is replaced, what people said stays. A sign-off of another
 * version stays too, as history: it no longer covers the pack, since it names what it was given for.
 *
 * @returns what was done, a line for each pack
 */
export const updateReviews = async (
  packs: readonly ModelPack[],
  evaluation: Evaluation,
): Promise<string[]> => {
  const lines: string[] = [];
  for (const [place, pack] of packs.entries()) {
    const folder = folderOf(pack);
    const found = await readReview(folder);
    if (!found.ok && found.code === 'invalid_review') {
      lines.push(`not reviewed: ${found.detail}`);
      continue;
    }
    // as it stands now: a calibration may just have been written
    const manifest = await readManifest(folder);
    if (manifest.version !== pack.manifest.version) {
      lines.push(
        `${manifest.name}: not reviewed: it was calibrated just now; evaluate it as it is, with --review`,
      );
      continue;
    }
    const before = found.ok ? found.value : emptyReview(manifest.name);
    const review: Review = {
      ...computed(evaluation, evaluation.packs[place]!, before),
      pack: manifest.name,
      subject: {
        version: manifest.version,
        graphSha256: manifest.sha256,
        manifestDigest: manifestDigest(manifest),
      },
      licence: { identifier: manifest.licence, hasText: existsSync(join(folder, 'LICENSE')) },
    };
    await writeReview(folder, review);
    lines.push(
      `${manifest.name}: review.json is up to date, ${openPoints(review, manifest).length} points are open`,
    );
  }
  return lines;
};

const computed = (
  { data, machine, prices, madeAt }: Evaluation,
  report: PackReport,
  before: Review,
): Review => ({
  ...before,
  data: {
    ...before.data,
    evaluatedOn: { source: data.source, pictures: data.pictures, repeated: data.repeated, madeAt },
  },
  metrics: Object.fromEntries(report.categories.map((each) => [each.category, metricsOf(each)])),
  latency: {
    ...before.latency,
    measured: report.speed
      ? {
          medianMs: rounded(latencyOfOne(report.speed).median),
          p95Ms: rounded(latencyOfOne(report.speed).p95),
          provider: report.speed.provider,
          machine: `${machine.cpu}, ${machine.cores} cores`,
        }
      : before.latency.measured,
  },
  cost: report.cost
    ? {
        picturesPerYear: prices.picturesPerYear,
        perMillion: rounded(report.cost.perMillion),
        perYear: rounded(report.cost.perYear),
        currency: prices.currency,
        asOf: prices.asOf,
        fromExamplePrices: prices.isExample,
      }
    : before.cost,
  slices: slicesOf(data.columns, report),
});

const metricsOf = ({ positives, negatives, tooFew, curves, calibration, thresholds }: CategoryReport) => ({
  positives,
  negatives,
  tooFew,
  areaUnderRoc: estimate(curves?.areaUnderRoc),
  averagePrecision: estimate(curves?.averagePrecision),
  calibrationError: estimate(calibration?.asIs.error),
  thresholds: thresholds.map(({ name, threshold, rates }) => ({
    name,
    threshold: rounded(threshold),
    precision: estimate(rates?.precision),
    recall: estimate(rates?.recall),
    specificity: estimate(rates?.specificity),
  })),
});

const slicesOf = (columns: readonly string[], { slices }: PackReport): Review['slices'] =>
  columns.length === 0
    ? null
    : {
        columns: [...columns],
        compared: slices.filter(
          ({ inside, outside }) =>
            (inside.recall && outside.recall) || (inside.falsePositiveRate && outside.falsePositiveRate),
        ).length,
        differing: slices
          .filter(({ differs }) => differs.length > 0)
          .map(({ category, column, value, differs }) => ({ category, column, value, differs })),
      };

const estimate = (found: Estimate | undefined) =>
  found ? { value: rounded(found.value), lower: rounded(found.lower), upper: rounded(found.upper) } : null;

const rounded = (value: number): number => Number(value.toPrecision(4));
