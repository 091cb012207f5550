import { init, use, type EChartsCoreOption } from 'echarts/core';
import { BarChart, CustomChart, LineChart, ScatterChart } from 'echarts/charts';
import { GridComponent, LegendComponent, MarkLineComponent } from 'echarts/components';
import { SVGRenderer } from 'echarts/renderers';
import { grid, ink, muted } from './palette.js';

use([
  BarChart,
  CustomChart,
  LineChart,
  ScatterChart,
  GridComponent,
  LegendComponent,
  MarkLineComponent,
  SVGRenderer,
]);

export const fontFamily =
  'ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif';

export interface Size {
  width: number;
  height: number;
}

/** Draws without a browser. */
export const draw = (option: EChartsCoreOption, { width, height }: Size): string => {
  const chart = init(null, null, { renderer: 'svg', ssr: true, width, height });
  chart.setOption({
    animation: false,
    backgroundColor: 'transparent',
    textStyle: { fontFamily, fontSize: 12, color: ink },
    ...option,
  });
  const svg = chart.renderToSVGString();
  chart.dispose();
  return svg;
};

/** An axis with a quiet look. */
export const axis = (name: string, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: 'value',
  name,
  nameLocation: 'middle',
  nameGap: 30,
  nameTextStyle: { color: muted, fontSize: 12 },
  axisLine: { show: true, lineStyle: { color: grid } },
  axisTick: { show: false },
  axisLabel: { color: muted, fontSize: 11 },
  splitLine: { lineStyle: { color: grid } },
  ...more,
});

export const legend = (names: string[]): Record<string, unknown> => ({
  top: 0,
  left: 'center',
  data: names,
  itemWidth: 26,
  itemHeight: 9,
  itemGap: 20,
  textStyle: { color: ink, fontSize: 12 },
});
