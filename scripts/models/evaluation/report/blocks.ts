/** A picture of a report, drawn in the colours of a page or of a file. */
export interface Chart {
  /** unique in its report: also the name of its file */
  id: string;
  title: string;
  /** what a person who cannot see it should know */
  description: string;
  /** with placeholder colours: see palette.ts */
  svg: string;
}

export interface Table {
  caption: string;
  head: string[];
  rows: string[][];
}

/** What a report is made of, whether it becomes HTML or Markdown. Text is plain: each writer escapes it. */
export type Block =
  | { kind: 'heading'; level: 2 | 3 | 4; text: string }
  | { kind: 'text'; text: string }
  | { kind: 'note'; text: string }
  | { kind: 'list'; items: string[] }
  | { kind: 'table'; table: Table; isFolded?: boolean }
  | { kind: 'charts'; charts: Chart[]; columns: 2 | 3 };

export interface Report {
  title: string;
  subtitle: string;
  blocks: Block[];
}

export const heading = (level: 2 | 3 | 4, text: string): Block => ({ kind: 'heading', level, text });
export const text = (content: string): Block => ({ kind: 'text', text: content });
export const note = (content: string): Block => ({ kind: 'note', text: content });
export const list = (items: string[]): Block => ({ kind: 'list', items });
export const table = (caption: string, head: string[], rows: string[][]): Block => ({
  kind: 'table',
  table: { caption, head, rows },
});
export const charts = (columns: 2 | 3, all: Chart[]): Block => ({ kind: 'charts', columns, charts: all });
