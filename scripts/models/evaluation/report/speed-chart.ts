import type { PackReport } from '../evaluation.js';
import type { Chart } from './blocks.js';
import { axis, draw, legend } from './draw.js';
import { short } from './format.js';
import { grid, muted, seriesStyle } from './palette.js';

const size = { width: 540, height: 340 };

const figures = {
  throughput: {
    title: 'Throughput by batch size',
    unit: 'pictures a second, all cores',
    of: (speed: NonNullable<PackReport['speed']>['batches'][number]) => speed.picturesPerSecond,
  },
  latency: {
    title: 'Latency by batch size',
    unit: 'ms a run on one core, median',
    of: (speed: NonNullable<PackReport['speed']>['batches'][number]) => speed.latencyMs.median,
  },
};

/** Bars by the number of pictures a run, a colour for each pack. */
export const speedChart = (kind: keyof typeof figures, packs: readonly PackReport[]): Chart => {
  const { title, unit, of } = figures[kind];
  const batches = [
    ...new Set(packs.flatMap(({ speed }) => speed?.batches.map(({ batch }) => batch) ?? [])),
  ].sort((a, b) => a - b);
  return {
    id: `speed-${kind}`,
    title,
    description: packs
      .map(
        ({ name, speed }) =>
          `${name}: ${speed?.batches.map((each) => `${short(of(each))} at batch ${each.batch}`).join(', ')}`,
      )
      .join('; '),
    svg: draw(
      {
        grid: { left: 62, right: 18, top: 44, bottom: 48 },
        legend: { ...legend(packs.map(({ name }) => name)), icon: 'rect', itemWidth: 14 },
        xAxis: axis('pictures a run', {
          type: 'category',
          data: batches.map(String),
          axisLine: { lineStyle: { color: grid } },
        }),
        yAxis: axis(unit, { nameGap: 46, splitNumber: 4 }),
        series: packs.map(({ name, speed }, place) => ({
          name,
          type: 'bar',
          barGap: '12%',
          barCategoryGap: '28%',
          data: batches.map((batch) => {
            const found = speed?.batches.find((each) => each.batch === batch);
            return found ? Number(short(of(found))) : null;
          }),
          itemStyle: { color: seriesStyle(place).colour, borderRadius: [3, 3, 0, 0] },
          label: {
            show: packs.length * batches.length <= 18,
            position: 'top',
            color: muted,
            fontSize: 10,
            formatter: ({ value }: { value: number }) => short(value),
          },
        })),
      },
      size,
    ),
  };
};
