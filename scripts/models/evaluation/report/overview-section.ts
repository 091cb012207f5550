import type { AccuracyMeasure, Evaluation, PackReport } from '../evaluation.js';
import { fewestCases } from '../metrics/fewest-cases.js';
import { accuracyOf, paretoPoints } from '../pareto.js';
import { latencyOfOne, picturesPerSecondAtBest } from '../speed/speed-report.js';
import { type Block, heading, list, note, table } from './blocks.js';
import { money, none, short, whole, withInterval } from './format.js';
import { measureNames } from './pareto-chart.js';

/** The answer first: what can be said of each category, then every pack in one line. */
export const overviewSection = (
  evaluation: Evaluation,
  categories: readonly string[],
  measure: AccuracyMeasure,
): Block[] => [
  heading(2, 'In short'),
  list(findings(evaluation, categories, measure)),
  ...warnings(evaluation).map(note),
  table(
    'The packs',
    [
      'pack',
      'tier',
      'input',
      'licence',
      'size',
      'memory',
      'latency',
      'p95',
      'throughput',
      'a million',
      'a year',
    ],
    evaluation.packs.map((pack) => packRow(pack, evaluation)),
  ),
  table(
    `Accuracy: ${measureNames[measure]}`,
    ['category', 'pictures that show it', ...evaluation.packs.map(({ name }) => name)],
    categories.map((category) => [
      category,
      whole(evaluation.data.positives[category] ?? 0),
      ...evaluation.packs.map((pack) => {
        const report = pack.categories.find((each) => each.category === category);
        if (!report) return none;
        return report.curves ? withInterval(accuracyOf(report, measure)) : 'too few to say';
      }),
    ]),
  ),
];

const packRow = (pack: PackReport, { prices }: Evaluation): string[] => {
  const { name, version, tier, input, licence, megabytes, speed, cost } = pack;
  const latency = speed && latencyOfOne(speed);
  const memory = speed?.batches[0]?.memoryMb;
  return [
    `${name} ${version}`,
    tier,
    input,
    licence,
    `${short(megabytes)} MB`,
    memory === undefined ? none : `${whole(memory)} MB`,
    latency ? `${short(latency.median)} ms` : none,
    latency ? `${short(latency.p95)} ms` : none,
    speed ? `${short(picturesPerSecondAtBest(speed))} /s` : none,
    cost ? money(cost.perMillion, prices.currency) : none,
    cost ? money(cost.perYear, prices.currency) : none,
  ];
};

/** A sentence for each category of which something can be said, and one for all the others. */
const findings = (
  evaluation: Evaluation,
  categories: readonly string[],
  measure: AccuracyMeasure,
): string[] => {
  const said = categories.map((category) => finding(evaluation, category, measure));
  const unsaid = categories.filter((_category, place) => said[place] === undefined);
  const counts = unsaid
    .map((category) => `${category} (${evaluation.data.positives[category] ?? 0})`)
    .join(', ');
  const lack = `Too few pictures to say how accurate any pack is, with how many show it: ${counts}. At least ${fewestCases} that show a category and as many that do not are needed.`;
  return [...said.filter((sentence) => sentence !== undefined), ...(unsaid.length > 0 ? [lack] : [])];
};

const finding = (evaluation: Evaluation, category: string, measure: AccuracyMeasure): string | undefined => {
  const known = evaluation.packs.flatMap((pack) => {
    const report = pack.categories.find((each) => each.category === category);
    return report ? [{ pack, report }] : [];
  });
  const judged = known
    .flatMap(({ pack, report }) => {
      const accuracy = accuracyOf(report, measure);
      return accuracy ? [{ pack, accuracy }] : [];
    })
    .sort((a, b) => b.accuracy.value - a.accuracy.value);
  const [best, second] = judged;
  if (!best) return undefined;
  const sentence = `${category}: ${best.pack.name} is the most accurate, at ${withInterval(best.accuracy)}`;
  if (!second) return `${sentence}, and the only one that was compared.`;
  const isClear = second.accuracy.upper < best.accuracy.lower;
  const compared = `${second.pack.name} follows with ${withInterval(second.accuracy)}: ${isClear ? 'the intervals do not overlap' : 'the intervals overlap, so the order may be chance'}`;
  const dominated = paretoPoints(evaluation, category, measure, 'latency').filter(
    ({ isOnFront }) => !isOnFront,
  );
  const worse = dominated.map(({ pack }) => pack).join(', ');
  return `${sentence}. ${compared}.${worse ? ` Slower than another without being more accurate: ${worse}.` : ''}`;
};

const warnings = ({ data, prices }: Evaluation): string[] => [
  ...(data.repeated > 0
    ? [
        `${whole(data.repeated)} of ${whole(data.pictures)} pictures repeat others byte by byte. The intervals take them for news and are too narrow.`,
      ]
    : []),
  ...(data.skipped.length > 0
    ? [
        `${data.skipped.length} pictures were left out, since they are missing or cannot be decoded: ${data.skipped
          .slice(0, 5)
          .map(({ where }) => where)
          .join(', ')}${data.skipped.length > 5 ? ' …' : ''}`,
      ]
    : []),
  ...(prices.isExample ? [`${prices.source} (${prices.asOf})`] : []),
];
