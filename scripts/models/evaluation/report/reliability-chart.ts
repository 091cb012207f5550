import type { Calibratedness } from '../calibration/calibration-report.js';
import type { Chart } from './blocks.js';
import { idOf, type Entry } from './curve-charts.js';
import { axis, draw, legend } from './draw.js';
import { errorBars } from './error-bars.js';
import { fewestCases } from '../metrics/fewest-cases.js';
import { decimal } from './format.js';
import { grid, ink, muted, seriesStyle } from './palette.js';

const size = { width: 400, height: 340 };
const share = { min: 0, max: 1, splitNumber: 5 };

/** The method with the lowest out-of-fold error. */
export const bestMethod = ({ report }: Entry) =>
  report.calibration?.methods
    .flatMap(({ method, outOfFold }) => (outOfFold ? [{ method, outOfFold }] : []))
    .sort((a, b) => a.outOfFold.error.value - b.outOfFold.error.value)[0];

/** How often pictures of a score are what the score says: on the diagonal it can be taken for a probability. */
export const reliabilityChart = (category: string, entry: Entry): Chart => {
  const { asIs } = entry.report.calibration!;
  const best = bestMethod(entry);
  const { colour } = seriesStyle(entry.place);
  const most = Math.max(...asIs.bins.map(({ count }) => count));
  const lines = [
    { name: 'as it is', of: asIs, colour, dash: 'solid' },
    ...(best
      ? [{ name: `${best.method}, out of fold`, of: best.outOfFold, colour: ink, dash: 'dotted' }]
      : []),
  ];
  return {
    id: `reliability-${idOf(category)}-${idOf(entry.pack)}`,
    title: entry.pack,
    description:
      `${category}, ${entry.pack}: reliability diagram. Expected calibration error ${decimal(asIs.error.value)} as it is` +
      `${best ? `, ${decimal(best.outOfFold.error.value)} after ${best.method}` : ''}. Bars: where the scores lie.`,
    svg: draw(
      {
        grid: { left: 52, right: 18, top: 40, bottom: 48 },
        legend: legend(lines.map(({ name }) => name)),
        xAxis: axis('score', share),
        yAxis: axis('share that shows it', { ...share, nameGap: 36 }),
        series: [
          bars(asIs, most),
          {
            type: 'line',
            silent: true,
            showSymbol: false,
            data: [
              [0, 0],
              [1, 1],
            ],
            lineStyle: { color: muted, width: 1, type: 'dashed', opacity: 0.7 },
          },
          ...lines.flatMap(({ name, of, colour: own, dash }) => [
            errorBars(
              told(of).map(({ meanScore, observed }) => [meanScore, observed.lower, observed.upper]),
              own,
              3,
            ),
            {
              name,
              type: 'line',
              data: told(of).map(({ meanScore, observed }) => [meanScore, observed.value]),
              symbol: 'circle',
              symbolSize: 6,
              itemStyle: { color: own },
              lineStyle: { color: own, width: 2, type: dash },
            },
          ]),
        ],
      },
      size,
    ),
  };
};

/** A bin with a few pictures says nothing, and draws the eye. */
const told = ({ bins }: Calibratedness) => bins.filter(({ count }) => count >= fewestCases);

interface BarApi {
  value: (dimension: number) => number;
  coord: (point: [number, number]) => [number, number];
}

/** Counts along the bottom, the highest a quarter of the diagram. */
const bars = ({ bins }: Calibratedness, most: number) => ({
  type: 'custom',
  silent: true,
  z: 0,
  data: bins.map(({ from, to, count }) => [from, to, (0.25 * count) / most]),
  encode: { x: [0, 1], y: 2 },
  renderItem: (_params: unknown, api: BarApi) => {
    const [left, top] = api.coord([api.value(0), api.value(2)]);
    const [right, bottom] = api.coord([api.value(1), 0]);
    return {
      type: 'rect',
      shape: { x: left + 1, y: top, width: right - left - 2, height: bottom - top },
      style: { fill: grid },
    };
  },
});
