/**
 * Charts are drawn with these, which no chart would have by chance, and get their colours afterwards: a page's follow its
 * light or dark theme, a file's are fixed.
 */
export const ink = '#010201';
export const muted = '#010202';
export const grid = '#010203';
export const paper = '#010204';
const seriesColours = [
  '#010210',
  '#010211',
  '#010212',
  '#010213',
  '#010214',
  '#010215',
  '#010216',
  '#010217',
];
const dashes = ['solid', 'dashed', 'dotted'] as const;

/** How a pack is drawn, by its place: a second sign beside the colour, for those who see colours differently. */
export const seriesStyle = (place: number) => ({
  colour: seriesColours[place % seriesColours.length]!,
  dash: dashes[place % dashes.length]!,
  symbol: (['circle', 'rect', 'triangle', 'diamond'] as const)[place % 4]!,
});

const names: Record<string, string> = {
  [ink]: 'ink',
  [muted]: 'muted',
  [grid]: 'grid',
  [paper]: 'paper',
  ...Object.fromEntries(seriesColours.map((colour, place) => [colour, `series-${place}`])),
};

type Theme = Record<string, string>;

/** Blue, vermilion and so on after M. Okabe and K. Ito, "Color Universal Design", darkened for text on white. */
export const light: Theme = {
  ink: '#1c2430',
  muted: '#5c6675',
  grid: '#e3e7ec',
  paper: '#ffffff',
  'series-0': '#0064a8',
  'series-1': '#c4510a',
  'series-2': '#00795c',
  'series-3': '#a23d80',
  'series-4': '#8a6d00',
  'series-5': '#2b7cb3',
  'series-6': '#5b5fc7',
  'series-7': '#6b7280',
};

export const dark: Theme = {
  ink: '#e8ecf1',
  muted: '#9aa6b5',
  grid: '#2c3540',
  paper: '#161b22',
  'series-0': '#5db4f0',
  'series-1': '#f5965a',
  'series-2': '#4fd0a8',
  'series-3': '#e08cc0',
  'series-4': '#e6c34a',
  'series-5': '#8fd0f7',
  'series-6': '#a5a8ff',
  'series-7': '#a8b1be',
};

const placeholders = new RegExp(Object.keys(names).join('|'), 'gi');

export const coloured = (svg: string, colourOf: (name: string) => string): string =>
  svg.replace(placeholders, (found) => colourOf(names[found.toLowerCase()]!));

/** CSS custom properties of a theme. */
export const customProperties = (theme: Theme): string =>
  Object.entries(theme)
    .map(([name, colour]) => `--${name}:${colour}`)
    .join(';');
