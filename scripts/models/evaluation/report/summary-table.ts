import Table from 'cli-table3';
import type { Evaluation } from '../evaluation.js';
import { latencyOfOne, picturesPerSecondAtBest } from '../speed/speed-report.js';
import { decimal, money, none, short, withInterval } from './format.js';

/** The few figures that fit a terminal; the reports hold the rest. */
export const summaryTable = ({ packs, prices, data }: Evaluation): string => {
  const table = new Table({
    head: [
      'pack',
      'category',
      'shown by',
      'area under ROC',
      'average precision',
      'ECE',
      'ms',
      '/s',
      'a million',
    ],
    style: { head: [], border: [], compact: true },
  });
  for (const { name, categories, speed, cost } of packs)
    for (const { category, positives, curves, calibration } of categories)
      table.push([
        name,
        category,
        positives,
        curves ? withInterval(curves.areaUnderRoc) : 'too few to say',
        curves ? withInterval(curves.averagePrecision) : none,
        decimal(calibration?.asIs.error.value),
        speed ? short(latencyOfOne(speed).median) : none,
        speed ? short(picturesPerSecondAtBest(speed)) : none,
        cost ? money(cost.perMillion, prices.currency) : none,
      ]);
  return `${data.pictures} pictures\n${table.toString()}`;
};
