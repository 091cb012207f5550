import type { CategoryReport } from '../evaluate-category.js';
import type { Chart } from './blocks.js';
import { axis, draw, legend } from './draw.js';
import { decimal } from './format.js';
import { muted, paper, seriesStyle } from './palette.js';

/** A pack's report on a category, and the place of the pack among all. */
export interface Entry {
  pack: string;
  place: number;
  report: CategoryReport;
}

const size = { width: 540, height: 400 };
const plot = { left: 56, right: 18, top: 40, bottom: 48 };
const share = { min: 0, max: 1 };

export const rocChart = (category: string, entries: readonly Entry[]): Chart => ({
  id: `roc-${idOf(category)}`,
  title: 'ROC curve',
  description: `${category}. Recall against false alarms for every threshold. Area under the curve: ${areas(entries)}.`,
  svg: draw(
    {
      grid: plot,
      legend: legend(entries.map(({ pack }) => pack)),
      xAxis: axis('false positive rate', share),
      yAxis: axis('recall', { ...share, nameGap: 38 }),
      series: [
        ...entries.map(({ pack, place, report }) => curve(pack, place, report.curves!.roc)),
        ...entries.flatMap(({ place, report }) => policyPoints(place, report, rocPoint)),
        reference([
          [0, 0],
          [1, 1],
        ]),
      ],
    },
    size,
  ),
});

export const precisionRecallChart = (category: string, entries: readonly Entry[]): Chart => {
  const { positives, negatives } = entries[0]!.report;
  const chance = positives / (positives + negatives);
  return {
    id: `precision-recall-${idOf(category)}`,
    title: 'Precision and recall',
    description:
      `${category}. Precision against recall for every threshold; by chance precision is ${decimal(chance)}. Average precision: ` +
      `${entries.map(({ pack, report }) => `${pack} ${decimal(report.curves!.averagePrecision.value)}`).join(', ')}.`,
    svg: draw(
      {
        grid: plot,
        legend: legend(entries.map(({ pack }) => pack)),
        xAxis: axis('recall', share),
        yAxis: axis('precision', { ...share, nameGap: 38 }),
        series: [
          ...entries.map(({ pack, place, report }) => ({
            ...curve(pack, place, report.curves!.precisionRecall),
            step: 'end',
          })),
          ...entries.flatMap(({ place, report }) => policyPoints(place, report, precisionPoint)),
          reference([
            [0, chance],
            [1, chance],
          ]),
        ],
      },
      size,
    ),
  };
};

const areas = (entries: readonly Entry[]): string =>
  entries.map(({ pack, report }) => `${pack} ${decimal(report.curves!.areaUnderRoc.value)}`).join(', ');

const curve = (name: string, place: number, data: [number, number][]) => {
  const { colour, dash } = seriesStyle(place);
  return {
    name,
    type: 'line',
    data,
    symbol: 'none',
    itemStyle: { color: colour },
    lineStyle: { color: colour, width: 2, type: dash },
  };
};

const reference = (data: [number, number][]) => ({
  type: 'line',
  data,
  showSymbol: false,
  silent: true,
  z: 1,
  lineStyle: { color: muted, width: 1, type: 'dashed', opacity: 0.7 },
});

type PointOf = (at: CategoryReport['thresholds'][number]) => [number, number] | undefined;

const rocPoint: PointOf = ({ rates }) =>
  rates?.recall && rates.specificity ? [1 - rates.specificity.value, rates.recall.value] : undefined;
const precisionPoint: PointOf = ({ rates }) =>
  rates?.recall && rates.precision ? [rates.recall.value, rates.precision.value] : undefined;

/** Where the policy's lines lie on the curve. */
const policyPoints = (place: number, { thresholds }: CategoryReport, pointOf: PointOf) => {
  const { colour, symbol } = seriesStyle(place);
  const data = thresholds
    .filter(({ name }) => name.startsWith('policy'))
    .flatMap((at) => {
      const point = pointOf(at);
      return point ? [point] : [];
    });
  return data.length === 0
    ? []
    : [
        {
          type: 'scatter',
          data,
          symbol,
          symbolSize: 11,
          z: 4,
          itemStyle: { color: colour, borderColor: paper, borderWidth: 2 },
        },
      ];
};

export const idOf = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
