/** What ECharts hands to a custom series' renderItem, as far as it is used here. */
interface CustomApi {
  value: (dimension: number) => number;
  coord: (point: [number, number]) => [number, number];
}

/** A series of vertical whiskers from [x, lower, upper]. */
export const errorBars = (data: [number, number, number][], colour: string, cap = 4) => ({
  type: 'custom',
  silent: true,
  z: 2,
  data,
  encode: { x: 0, y: [1, 2] },
  renderItem: (_params: unknown, api: CustomApi) => {
    const [x, low] = api.coord([api.value(0), api.value(1)]);
    const [, high] = api.coord([api.value(0), api.value(2)]);
    const style = { stroke: colour, lineWidth: 1.5, opacity: 0.75 };
    const line = (x1: number, y1: number, x2: number, y2: number) => ({
      type: 'line',
      shape: { x1, y1, x2, y2 },
      style,
    });
    return {
      type: 'group',
      children: [line(x, low, x, high), line(x - cap, low, x + cap, low), line(x - cap, high, x + cap, high)],
    };
  },
});
