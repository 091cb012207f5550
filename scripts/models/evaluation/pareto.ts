import type { Category, Estimate } from '#libs/domain';
import type { CategoryReport } from './evaluate-category.js';
import type { AccuracyMeasure, Evaluation, PackReport } from './evaluation.js';
import { latencyOfOne } from './speed/speed-report.js';

/** What accuracy is paid with. */
export const priceTags = ['latency', 'size', 'cost'] as const;
export type PriceTag = (typeof priceTags)[number];

export interface ParetoPoint {
  pack: string;
  accuracy: Estimate;
  /** milliseconds, megabytes, or money for a million pictures */
  price: number;
  /** no other pack is as accurate at a lower price, or more accurate at the same */
  isOnFront: boolean;
}

export const accuracyOf = ({ curves }: CategoryReport, measure: AccuracyMeasure): Estimate | undefined => {
  if (!curves) return undefined;
  if (measure === 'auc') return curves.areaUnderRoc;
  return measure === 'f1' ? curves.bestF1 : curves.averagePrecision;
};

const priceOf = (pack: PackReport, tag: PriceTag): number | undefined => {
  if (tag === 'size') return pack.megabytes;
  if (tag === 'cost') return pack.cost?.perMillion;
  return pack.speed && latencyOfOne(pack.speed).median;
};

/** Packs that know the category and of which enough is known, the cheapest first. */
export const paretoPoints = (
  { packs }: Pick<Evaluation, 'packs'>,
  category: Category,
  measure: AccuracyMeasure,
  tag: PriceTag,
): ParetoPoint[] => {
  const points = packs.flatMap((pack) => {
    const report = pack.categories.find((each) => each.category === category);
    const accuracy = report && accuracyOf(report, measure);
    const price = priceOf(pack, tag);
    return accuracy && price !== undefined ? [{ pack: pack.name, accuracy, price }] : [];
  });
  return points
    .map((point) => ({ ...point, isOnFront: !points.some((other) => dominates(other, point)) }))
    .sort((a, b) => a.price - b.price);
};

type Point = Omit<ParetoPoint, 'isOnFront'>;

/** At least as good in both, and better in one. */
export const dominates = (one: Point, other: Point): boolean =>
  one.price <= other.price &&
  one.accuracy.value >= other.accuracy.value &&
  (one.price < other.price || one.accuracy.value > other.accuracy.value);
