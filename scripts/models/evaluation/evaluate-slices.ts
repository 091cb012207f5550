import { type Category, type Estimate, proportionOf } from '#libs/domain';
import type { LabelledPicture } from './data/labelled-picture.js';
import { fewestCases } from './metrics/fewest-cases.js';
import type { ScoredCase } from './metrics/scored-case.js';

/** Columns with more values than this are no parts of the data, but names or numbers. */
const mostValues = 20;

export interface SliceRates {
  positives: number;
  negatives: number;
  /** undefined with too few positives */
  recall?: Estimate;
  /** undefined with too few negatives */
  falsePositiveRate?: Estimate;
}

/** One part of the data against the rest of it. */
export interface SliceReport {
  category: Category;
  column: string;
  value: string;
  threshold: number;
  inside: SliceRates;
  outside: SliceRates;
  /** what differs so much that the two 95 % intervals do not overlap */
  differs: ('recall' | 'falsePositiveRate')[];
}

/** Columns that divide the data into a few parts. */
export const sliceColumns = (pictures: readonly LabelledPicture[]): string[] => {
  const values = new Map<string, Set<string>>();
  for (const { columns } of pictures)
    for (const [column, value] of Object.entries(columns))
      values.set(column, (values.get(column) ?? new Set()).add(value));
  return [...values]
    .filter(([, found]) => found.size >= 2 && found.size <= mostValues)
    .map(([column]) => column);
};

/**
 * How recall and false positive rate differ between the parts of the data that a column names. Intervals that do not overlap
 * are a careful test (N. Schenker and J. F. Gentleman, 2001): it overlooks small differences, and with many columns a few
 * come out by chance all the same.
 *
 * @param cases of the same pictures
 * @param threshold that counts as flagged
 */
export const evaluateSlices = (
  category: Category,
  pictures: readonly LabelledPicture[],
  cases: readonly ScoredCase[],
  { threshold, columns }: { threshold: number; columns: readonly string[] },
): SliceReport[] =>
  columns.flatMap((column) => {
    const values = [...new Set(pictures.flatMap((picture) => picture.columns[column] ?? []))].sort();
    return values.map((value): SliceReport => {
      const isInside = (place: number): boolean => pictures[place]!.columns[column] === value;
      const inside = ratesIn(
        cases.filter((_case, place) => isInside(place)),
        threshold,
      );
      const outside = ratesIn(
        cases.filter((_case, place) => !isInside(place)),
        threshold,
      );
      const differs = (['recall', 'falsePositiveRate'] as const).filter((rate) =>
        apart(inside[rate], outside[rate]),
      );
      return { category, column, value, threshold, inside, outside, differs };
    });
  });

const ratesIn = (cases: readonly ScoredCase[], threshold: number): SliceRates => {
  const positives = cases.filter(({ isPositive }) => isPositive);
  const negatives = cases.filter(({ isPositive }) => !isPositive);
  return {
    positives: positives.length,
    negatives: negatives.length,
    recall: shareAbove(positives, threshold),
    falsePositiveRate: shareAbove(negatives, threshold),
  };
};

const shareAbove = (cases: readonly ScoredCase[], threshold: number): Estimate | undefined =>
  cases.length < fewestCases
    ? undefined
    : proportionOf(cases.filter(({ score }) => score >= threshold).length, cases.length);

const apart = (one: Estimate | undefined, other: Estimate | undefined): boolean =>
  one !== undefined && other !== undefined && (one.lower > other.upper || one.upper < other.lower);
