import { stat } from 'node:fs/promises';
import Table from 'cli-table3';
import { quantileSorted } from 'simple-statistics';
import type { CostClass } from '#libs/domain';
import { type ModelPack, type ProbeReport, readGraphStructure } from '#libs/inference';
import { bytesInAMegabyte } from './limits.js';

const plain = { head: [], border: [], compact: true };

/** As libs/domain says: up to 20 ms of one core, up to 150 ms, more. */
const costLimits: [number, CostClass][] = [
  [20, 'low'],
  [150, 'medium'],
];

export const costClassOf = ({ looks }: ProbeReport): CostClass => {
  const median = quantile(
    looks.map(({ cpuMs }) => cpuMs),
    0.5,
  );
  return costLimits.find(([limit]) => median <= limit)?.[1] ?? 'high';
};

/** What was found out about a pack, as two tables. */
export const trialCard = async (pack: ModelPack, report: ProbeReport): Promise<string> => {
  const { manifest, labels, graph } = pack;
  const { width, height, layout, dtype } = manifest.input;
  const { opsets } = readGraphStructure(graph);
  const run = report.looks.map(({ runMs }) => runMs);
  const cpu = report.looks.map(({ cpuMs }) => cpuMs);
  const facts = new Table({ style: plain });
  facts.push(
    ['pack', `${manifest.name} ${manifest.version}, ${manifest.tier}${manifest.route ? ', specialist' : ''}`],
    ['licence', manifest.licence],
    ['source', manifest.source],
    ['graph', `${((await stat(graph)).size / bytesInAMegabyte).toFixed(1)} MB, ${named(opsets)}`],
    ['sha256', manifest.sha256],
    ['input', `${dtype} ${layout} ${width}x${height}, ${labels.length} labels`],
    ['opens in', `${report.openMs.toFixed(0)} ms`],
    ['memory', `${report.peakMegabytes.toFixed(0)} MB at most, one session, one picture a run`],
    [
      'run',
      `${quantile(run, 0.5).toFixed(1)} ms median, ${quantile(run, 0.95).toFixed(1)} ms p95, one thread of this CPU`,
    ],
    [
      'CPU',
      `${quantile(cpu, 0.5).toFixed(1)} ms a picture, with the resize: cost class ${costClassOf(report)}`,
    ],
  );
  const scores = new Table({ head: ['category', 'median', 'p95', 'highest', '≥ 0.5'], style: plain });
  for (const category of Object.keys(report.looks[0]?.scores ?? {})) {
    const all = report.looks.map((look) => look.scores[category]!);
    scores.push([
      category,
      ...[0.5, 0.95, 1].map((at) => quantile(all, at).toFixed(3)),
      `${all.filter((score) => score >= 0.5).length} of ${all.length}`,
    ]);
  }
  return `${facts.toString()}\n\nOver ${report.looks.length} pictures, none of which need be of its categories:\n${scores.toString()}`;
};

const quantile = (values: number[], at: number): number =>
  quantileSorted(
    [...values].sort((a, b) => a - b),
    at,
  );

const named = (opsets: Record<string, number>): string =>
  Object.entries(opsets)
    .map(([domain, version]) => `${domain || 'ONNX'} opset ${version}`)
    .join(', ');
