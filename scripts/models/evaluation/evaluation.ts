import type { Category, ModelTier, Policy } from '#libs/domain';
import type { ModelPack } from '#libs/inference';
import { costPerMillion, mistakeCosts, type Prices } from './cost/prices.js';
import type { DataProblem, LabelledPicture } from './data/labelled-picture.js';
import { type CategoryReport, evaluateCategory } from './evaluate-category.js';
import { evaluateSlices, type SliceReport } from './evaluate-slices.js';
import { type BootstrapOptions, defaultBootstrap } from './metrics/bootstrap.js';
import type { NamedThreshold } from './metrics/named-threshold.js';
import type { ScoredCase } from './metrics/scored-case.js';
import { policyLines, policyThresholds } from './policy-thresholds.js';
import type { Scored } from './scored.js';
import { picturesPerSecondAtBest, type SpeedReport } from './speed/speed-report.js';

/** What was found of one pack. */
export interface PackReport {
  name: string;
  version: string;
  tier: ModelTier;
  licence: string;
  source: string;
  /** pixels, width by height */
  input: string;
  /** of the graph's file */
  sha256: string;
  megabytes: number;
  categories: CategoryReport[];
  slices: SliceReport[];
  /** undefined where it was not asked for */
  speed?: SpeedReport;
  /** of the machine that it ran on, in the price table's money */
  cost?: { perMillion: number; perYear: number };
}

/** Everything that a report says, and what `evaluation.json` holds. */
export interface Evaluation {
  madeAt: string;
  data: {
    source: string;
    pictures: number;
    /** pictures whose bytes came before */
    repeated: number;
    /** left out, since they could not be read */
    skipped: DataProblem[];
    /** how many pictures show each category */
    positives: Record<Category, number>;
    columns: string[];
  };
  machine: { cpu: string; cores: number; memoryGb: number; node: string; platform: string };
  policy: { name: string; version: number };
  prices: Pick<Prices, 'currency' | 'asOf' | 'source'> & {
    machine: string;
    perHour: number;
    picturesPerYear: number;
    /** the table that comes with the project */
    isExample: boolean;
  };
  packs: PackReport[];
}

/** What a pack is judged by. */
export interface Yardsticks {
  policy: Policy;
  prices: Prices;
  /** the price table's name of the machine that this runs on */
  machine: string;
  /** to be looked at beside the policy's */
  thresholds: readonly number[];
  columns: readonly string[];
  bootstrap?: BootstrapOptions;
}

/** Judges what one pack said of labelled pictures. */
export const evaluatePack = (
  pack: ModelPack,
  scored: readonly Scored[],
  pictures: readonly LabelledPicture[],
  { policy, prices, machine, thresholds, columns, bootstrap = defaultBootstrap }: Yardsticks,
  { megabytes, speed }: { megabytes: number; speed?: SpeedReport },
): PackReport => {
  const { name, version, tier, licence, source, input, sha256 } = pack.manifest;
  const slices: SliceReport[] = [];
  const categories = pack.categories.map(({ category }) => {
    // whoever is unsure about a picture says nothing of this category
    const places = pictures.flatMap(({ unsure }, place) => (unsure.includes(category) ? [] : [place]));
    const casesBy = (score: (each: Scored) => number): ScoredCase[] =>
      places.map((place) => ({
        score: score(scored[place]!),
        isPositive: pictures[place]!.categories.includes(category),
      }));
    const cases = casesBy((each) => each.scores[category]!);
    const lines = policyLines(policy, tier, category);
    const threshold = lines?.review ?? lines?.block ?? null;
    if (threshold !== null)
      slices.push(
        ...evaluateSlices(
          category,
          places.map((place) => pictures[place]!),
          cases,
          { threshold, columns },
        ),
      );
    return evaluateCategory(
      category,
      cases,
      casesBy((each) => each.uncalibrated[category]!),
      {
        thresholds: allThresholds(policyThresholds(policy, tier, category), thresholds),
        lines,
        mistakes: mistakeCosts(prices, category),
        prevalence: prices.traffic.prevalence[category],
        bootstrap,
      },
    );
  });
  return {
    ...{ name, version, tier, licence, source, sha256, megabytes },
    input: `${input.width}x${input.height}`,
    categories,
    slices,
    ...(speed && { speed, cost: costOf(speed, prices, machine) }),
  };
};

const allThresholds = (named: NamedThreshold[], asked: readonly number[]): NamedThreshold[] =>
  [
    ...named,
    ...asked
      .filter((threshold) => !named.some((each) => each.threshold === threshold))
      .map((threshold) => ({ name: 'asked for', threshold })),
  ].sort((a, b) => a.threshold - b.threshold);

const costOf = (speed: SpeedReport, { machines, traffic }: Prices, machine: string) => {
  const perMillion = costPerMillion(machines[machine]!.perHour, picturesPerSecondAtBest(speed));
  return { perMillion, perYear: (perMillion * traffic.picturesPerYear) / 1e6 };
};

export type AccuracyMeasure = 'auc' | 'average-precision' | 'f1';
