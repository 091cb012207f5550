import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AccuracyMeasure, Evaluation } from '../evaluation.js';
import { buildReport } from './build-report.js';
import { coloured, light } from './palette.js';
import { toHtml } from './to-html.js';
import { toMarkdown } from './to-markdown.js';

const chartFolder = 'charts';

/**
 * Writes report.html, report.md with its charts, and evaluation.json into a folder, which is made.
 *
 * @returns the files that a person would open
 */
export const writeReports = async (
  evaluation: Evaluation,
  folder: string,
  measure: AccuracyMeasure,
): Promise<string[]> => {
  const report = buildReport(evaluation, measure);
  await mkdir(join(folder, chartFolder), { recursive: true });
  const files = {
    'report.html': toHtml(report),
    'report.md': toMarkdown(report, ({ id }) => `${chartFolder}/${id}.svg`),
    'evaluation.json': `${JSON.stringify(evaluation, null, 2)}\n`,
  };
  const drawn = report.blocks.flatMap((block) => (block.kind === 'charts' ? block.charts : []));
  await Promise.all([
    ...Object.entries(files).map(([name, content]) => writeFile(join(folder, name), content)),
    ...drawn.map(({ id, svg }) => writeFile(join(folder, chartFolder, `${id}.svg`), standalone(svg))),
  ]);
  return Object.keys(files).map((name) => join(folder, name));
};

/** A file of its own stands on white, whatever the page around it. */
const standalone = (svg: string): string =>
  coloured(svg, (name) => light[name]!).replace(
    /^(<svg[^>]*>)/,
    `$1<rect width="100%" height="100%" fill="#ffffff"/>`,
  );
