import { describe, expect, it } from '@jest/globals';
import { anEvaluation, fourPacks } from '../evaluation.builder.js';
import { buildReport } from './build-report.js';
import { toHtml } from './to-html.js';
import { toMarkdown } from './to-markdown.js';

const evaluation = anEvaluation(fourPacks, 200);
const report = buildReport(evaluation, 'auc');
const html = toHtml(report);
const markdown = toMarkdown(report, ({ id }) => `charts/${id}.svg`);

describe('the HTML report', () => {
  it('needs nothing from elsewhere, and runs nothing', () => {
    expect(html).not.toMatch(/<script|<link|<img|<iframe|@import|url\((?!#)|\bsrc=/i);
    const addresses = html.match(/https?:\/\/[^"'\s<)]+/g) ?? [];
    expect(new Set(addresses)).toEqual(
      new Set(['http://www.w3.org/2000/svg', 'http://www.w3.org/1999/xlink']),
    );
    expect(html).toContain("default-src 'none'");
  });

  it('tells every chart to those who cannot see it', () => {
    const charts = html.match(/<svg[^>]*>/g)!;
    expect(charts.length).toBeGreaterThan(6);
    for (const chart of charts) {
      const [, ids] = /role="img" aria-labelledby="([^"]+)"/.exec(chart)!;
      for (const id of ids!.split(' ')) expect(html).toContain(` id="${id}"`);
    }
  });

  it('gives every id once', () => {
    const ids = [...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('colours its charts by the theme, and leaves no placeholder', () => {
    expect(html).not.toMatch(/#0102/);
    expect(html).toContain('var(--series-0)');
    expect(html).toContain('prefers-color-scheme:dark');
  });

  it('escapes what comes from outside', () => {
    const named = structuredClone(evaluation);
    named.data.source = '<b>&"';
    named.packs[0]!.name = '<script>alert(1)</script>';
    const page = toHtml(buildReport(named, 'auc'));
    expect(page).toContain('&lt;b&gt;&amp;&quot;');
    expect(page).not.toContain('<script');
  });
});

describe('the Markdown report', () => {
  it('shows the same tables and charts', () => {
    expect(markdown).toContain('# 4 model packs side by side');
    expect(markdown).toMatch(
      /!\[Accuracy against latency\..*\]\(charts\/pareto-latency-sexual-explicit\.svg\)/,
    );
    const rows = markdown.split('\n').filter((line) => line.startsWith('|'));
    for (const row of rows) expect(row.endsWith('|')).toBe(true);
    expect(rows.length).toBeGreaterThan(30);
  });
});

describe('either report', () => {
  it.each([
    ['HTML', html],
    ['Markdown', markdown],
  ])('as %s says where nothing can be said', (_kind, written) => {
    expect(written).toContain('3 pictures that show it: nothing can be said of recall, precision or curves');
    expect(written).toContain('too few to say');
    expect(written).toContain('how many show it: goods/firearm (3).');
    expect(written).not.toMatch(/NaN|undefined|Infinity/);
  });

  it('names the most accurate pack first, and the one that costs more without being better', () => {
    expect(markdown).toMatch(/large is the most accurate/);
    expect(markdown).toMatch(/Slower than another without being more accurate: clumsy/);
  });
});
