import type { AccuracyMeasure, Evaluation } from '../evaluation.js';
import { paretoPoints, type PriceTag, priceTags } from '../pareto.js';
import { type Block, charts, heading, text } from './blocks.js';
import { measureNames, paretoChart } from './pareto-chart.js';

/** Accuracy against latency, size and cost, for each category of which enough is known. */
export const paretoSection = (
  evaluation: Evaluation,
  categories: readonly string[],
  measure: AccuracyMeasure,
): Block[] => {
  const units: Record<PriceTag, string> = {
    latency: 'ms a picture',
    size: 'MB on disk',
    cost: `${evaluation.prices.currency} a million pictures`,
  };
  const placeOf = (pack: string): number => evaluation.packs.findIndex(({ name }) => name === pack);
  const drawn = categories.flatMap((category) => {
    const all = priceTags.flatMap((tag) => {
      const points = paretoPoints(evaluation, category, measure, tag);
      return points.length === 0
        ? []
        : [paretoChart(category, points, placeOf, { tag, measure, unit: units[tag] })];
    });
    return all.length === 0 ? [] : [heading(3, category), charts(3, all)];
  });
  return [
    heading(2, 'What accuracy costs'),
    text(
      drawn.length === 0
        ? 'In no category are there pictures enough to say how accurate a pack is, so there is nothing to draw against latency, size and cost.'
        : `The line is the Pareto front: whoever wants more accuracy (${measureNames[measure]}) pays with what the axis below shows. Hollow packs lie behind it: another is better in both. Whiskers are 95 % intervals; where they overlap, the front may run otherwise.`,
    ),
    ...drawn,
  ];
};
