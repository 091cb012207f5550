import type { Block, Chart, Report, Table } from './blocks.js';

/** @param fileOf where a chart lies, relative to the document */
export const toMarkdown = ({ title, subtitle, blocks }: Report, fileOf: (chart: Chart) => string): string =>
  [`# ${escape(title)}`, escape(subtitle), ...blocks.map((block) => written(block, fileOf))].join('\n\n') +
  '\n';

const written = (block: Block, fileOf: (chart: Chart) => string): string => {
  switch (block.kind) {
    case 'heading':
      return `${'#'.repeat(block.level)} ${escape(block.text)}`;
    case 'text':
      return escape(block.text);
    case 'note':
      return `> ${escape(block.text)}`;
    case 'list':
      return block.items.map((item) => `- ${escape(item)}`).join('\n');
    case 'table':
      return tableOf(block.table);
    case 'charts':
      return block.charts
        .map((chart) => `![${escape(`${chart.title}. ${chart.description}`)}](${fileOf(chart)})`)
        .join('\n');
  }
};

const tableOf = ({ caption, head, rows }: Table): string => {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [`**${escape(caption)}**`, '', line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join(
    '\n',
  );
};

const cell = (content: string): string => escape(content).replaceAll('|', '\\|');

const escape = (content: string): string => content.replace(/[\\`*_[\]<>]/g, '\\$&').replaceAll('\n', ' ');
