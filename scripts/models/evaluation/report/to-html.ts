import type { Block, Chart, Report, Table } from './blocks.js';
import { idOf } from './curve-charts.js';
import { coloured } from './palette.js';
import { style } from './style.js';

/** Characters from which a cell may run over several lines. */
const longCell = 60;

/** One file that needs nothing else: no script, no font, no picture from elsewhere. */
export const toHtml = ({ title, subtitle, blocks }: Report): string => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${escape(title)}</title>
<style>${style}</style>
</head>
<body>
<header>
<h1>${escape(title)}</h1>
<p>${escape(subtitle)}</p>
${contents(blocks)}
</header>
<main>
${sections(blocks)}
</main>
</body>
</html>
`;

const contents = (blocks: readonly Block[]): string => {
  const links = blocks.flatMap((block) =>
    block.kind === 'heading' && block.level === 2
      ? [`<li><a href="#${idOf(block.text)}">${escape(block.text)}</a></li>`]
      : [],
  );
  return `<nav aria-label="Contents"><ul>${links.join('')}</ul></nav>`;
};

/** A section begins at each heading of the second level. */
const sections = (blocks: readonly Block[]): string => {
  const parts: string[][] = [];
  for (const block of blocks) {
    if (block.kind === 'heading' && block.level === 2)
      parts.push([`<section aria-labelledby="${idOf(block.text)}">`]);
    (parts.at(-1) ?? parts[parts.push(['<section>']) - 1]!).push(written(block));
  }
  return parts.map((part) => `${part.join('\n')}\n</section>`).join('\n');
};

const written = (block: Block): string => {
  switch (block.kind) {
    case 'heading': {
      const id = block.level === 2 ? ` id="${idOf(block.text)}"` : '';
      return `<h${block.level}${id}>${escape(block.text)}</h${block.level}>`;
    }
    case 'text':
      return `<p>${escape(block.text)}</p>`;
    case 'note':
      return `<p class="note">${escape(block.text)}</p>`;
    case 'list':
      return `<ul>${block.items.map((item) => `<li>${leading(item)}</li>`).join('')}</ul>`;
    case 'table':
      return tableOf(block.table);
    case 'charts':
      return `<div class="charts of-${block.columns}">${block.charts.map(figure).join('\n')}</div>`;
  }
};

/** `goods/firearm: …` begins with what it is about. */
const leading = (item: string): string => {
  const [, about, rest] = /^([^\s:]+\/[^\s:]+): (.*)$/s.exec(item) ?? [];
  return about ? `<b>${escape(about)}</b>: ${escape(rest!)}` : escape(item);
};

const figure = (chart: Chart): string => {
  const id = `chart-${chart.id}`;
  const svg = coloured(chart.svg, (name) => `var(--${name})`)
    .replace(/^<svg width="\d+" height="\d+"/, `<svg role="img" aria-labelledby="${id}-title ${id}-text"`)
    .replace(/^(<svg[^>]*>)/, `$1<title id="${id}-title">${escape(chart.title)}</title>`);
  return `<figure><figcaption>${escape(chart.title)}</figcaption>${svg}<p class="unseen" id="${id}-text">${escape(chart.description)}</p></figure>`;
};

const tableOf = ({ caption, head, rows }: Table): string => {
  const isText = head.map((_name, column) => rows.some((row) => !/^[–\d]/.test(row[column] ?? '')));
  const isLong = head.map((_name, column) => rows.some((row) => (row[column] ?? '').length > longCell));
  const attributes = (column: number): string =>
    isText[column] ? (isLong[column] ? ' class="long"' : '') : ' class="figure"';
  const headings = head.map((name, column) => `<th scope="col"${attributes(column)}>${escape(name)}</th>`);
  const lines = rows.map((row, place) => {
    const isRepeated = place > 0 && rows[place - 1]![0] === row[0];
    const cells = row.map((content, column) =>
      column === 0
        ? `<th scope="row"${isRepeated ? ' class="repeated"' : ''}>${figures(content)}</th>`
        : `<td${attributes(column)}>${figures(content)}</td>`,
    );
    return `<tr${isRepeated ? '' : ' class="first"'}>${cells.join('')}</tr>`;
  });
  return (
    `<div class="table" role="region" aria-label="${escape(caption)}" tabindex="0"><table><caption>${escape(caption)}</caption>` +
    `<thead><tr>${headings.join('')}</tr></thead><tbody>${lines.join('')}</tbody></table></div>`
  );
};

/** An interval is quieter than its figure, and marked by nothing else. */
const figures = (content: string): string =>
  escape(content).replace(/ (\((?:[\d.]+–[\d.]+|no interval)\))$/, ' <span class="interval">$1</span>');

const escape = (content: string): string =>
  content
    .replaceAll(' %', '\u00a0%')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
