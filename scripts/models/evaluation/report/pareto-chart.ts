import type { AccuracyMeasure } from '../evaluation.js';
import type { ParetoPoint, PriceTag } from '../pareto.js';
import type { Chart } from './blocks.js';
import { idOf } from './curve-charts.js';
import { axis, draw } from './draw.js';
import { errorBars } from './error-bars.js';
import { decimal, short } from './format.js';
import { ink, muted, paper, seriesStyle } from './palette.js';

const size = { width: 400, height: 320 };

export const measureNames: Record<AccuracyMeasure, string> = {
  auc: 'area under the ROC curve',
  'average-precision': 'average precision',
  f1: 'best F1',
};

/** Accuracy against what it is paid with. Packs off the front are hollow: another one is better in both. */
export const paretoChart = (
  category: string,
  points: readonly ParetoPoint[],
  placeOf: (pack: string) => number,
  { tag, measure, unit }: { tag: PriceTag; measure: AccuracyMeasure; unit: string },
): Chart => {
  const front = points.filter(({ isOnFront }) => isOnFront);
  const lowest = Math.min(...points.map(({ accuracy }) => accuracy.lower));
  const floor = Math.max(0, Math.floor(lowest * 20 - 0.5) / 20);
  const dearest = Math.max(...points.map(({ price }) => price));
  const end = niceAbove(dearest * 1.12);
  return {
    id: `pareto-${tag}-${idOf(category)}`,
    title: `Accuracy against ${tag}`,
    description:
      `${category}. On the Pareto front: ${front.map(said(unit)).join(', ')}. ` +
      `Off it: ${
        points
          .filter(({ isOnFront }) => !isOnFront)
          .map(said(unit))
          .join(', ') || 'none'
      }.`,
    svg: draw(
      {
        grid: { left: 58, right: 24, top: 30, bottom: 50 },
        xAxis: axis(unit, {
          min: 0,
          max: end,
          splitLine: { show: false },
          interval: end / 4,
        }),
        yAxis: axis(measureNames[measure], { min: floor, max: 1, nameGap: 40, splitNumber: 4 }),
        series: [
          {
            type: 'line',
            step: 'end',
            showSymbol: false,
            silent: true,
            z: 1,
            data: front.map(({ price, accuracy }) => [price, accuracy.value]),
            lineStyle: { color: ink, width: 2, opacity: 0.45 },
          },
          ...points.flatMap((point) => {
            const { colour, symbol } = seriesStyle(placeOf(point.pack));
            const { value, lower, upper } = point.accuracy;
            const isRight = point.price > dearest * 0.6;
            return [
              errorBars([[point.price, lower, upper]], colour),
              {
                type: 'scatter',
                data: [[point.price, value]],
                symbol,
                symbolSize: 13,
                z: 4,
                itemStyle: {
                  color: point.isOnFront ? colour : paper,
                  borderColor: colour,
                  borderWidth: 2,
                },
                label: {
                  show: true,
                  position: isRight ? 'left' : 'right',
                  distance: 9,
                  formatter: point.pack,
                  color: point.isOnFront ? ink : muted,
                  fontSize: 12,
                  fontWeight: 600,
                  textBorderColor: paper,
                  textBorderWidth: 4,
                },
              },
            ];
          }),
        ],
      },
      size,
    ),
  };
};

const said =
  (unit: string) =>
  ({ pack, accuracy, price }: ParetoPoint): string =>
    `${pack} (${decimal(accuracy.value)} at ${short(price)} ${unit})`;

/** A number whose quarters read well. */
const niceAbove = (value: number): number => {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8, 10].find((step) => step * power >= value) ?? 10) * power;
};
