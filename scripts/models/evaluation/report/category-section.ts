import type { AtThreshold } from '../evaluate-category.js';
import type { Evaluation } from '../evaluation.js';
import type { Lines } from '../metrics/cost-optimal.js';
import { type Block, charts, heading, note, table, text } from './blocks.js';
import { type Entry, precisionRecallChart, rocChart } from './curve-charts.js';
import { asThreshold, money, none, percent, percentWithInterval, short, withInterval } from './format.js';
import { fewestCases } from '../metrics/fewest-cases.js';
import { bestMethod, reliabilityChart } from './reliability-chart.js';

/** Everything about one category, all packs that know it side by side. */
export const categorySection = (evaluation: Evaluation, category: string): Block[] => {
  const entries = evaluation.packs.flatMap((pack, place): Entry[] => {
    const report = pack.categories.find((each) => each.category === category);
    return report ? [{ pack: pack.name, place, report }] : [];
  });
  const judged = entries.filter(({ report }) => report.curves);
  const { positives, negatives, tooFew } = entries[0]!.report;
  return [
    heading(2, category),
    text(`${positives} pictures show it, ${negatives} do not.`),
    ...(tooFew ? [note(`${tooFew}.`)] : []),
    ...(judged.length > 0
      ? [
          charts(2, [rocChart(category, judged), precisionRecallChart(category, judged)]),
          text(
            'The marks on the curves are the policy’s lines; the thin dashed line is what chance would reach.',
          ),
        ]
      : []),
    ...curveTable(judged),
    ...thresholdTable(entries),
    ...costTable(judged, evaluation.prices.currency),
    ...calibrationBlocks(category, judged),
  ];
};

const curveTable = (judged: readonly Entry[]): Block[] =>
  judged.length === 0
    ? []
    : [
        table(
          'Over all thresholds',
          ['pack', 'area under ROC', 'average precision', 'best F1', 'at threshold'],
          judged.map(({ pack, report: { curves } }) => [
            pack,
            withInterval(curves!.areaUnderRoc),
            withInterval(curves!.averagePrecision),
            withInterval(curves!.bestF1),
            asThreshold(curves!.bestF1.threshold),
          ]),
        ),
      ];

const thresholdTable = (entries: readonly Entry[]): Block[] => {
  if (entries.every(({ report }) => report.thresholds.length === 0))
    return [text('The policy draws no line in it, and none was asked for.')];
  const inTraffic = entries.some(({ report }) => report.thresholds.some((at) => at.precisionInTraffic));
  const cells = ({ confusion, rates, f1, precisionInTraffic }: AtThreshold): string[] => [
    partOf(confusion.truePositives, confusion.truePositives + confusion.falseNegatives),
    partOf(confusion.falsePositives, confusion.falsePositives + confusion.trueNegatives),
    percentWithInterval(rates?.recall),
    percentWithInterval(rates?.precision),
    withInterval(f1),
    percentWithInterval(rates?.specificity),
    ...(inTraffic ? [percentWithInterval(precisionInTraffic)] : []),
  ];
  return [
    table(
      'At each threshold',
      [
        ...['pack', 'line', 'threshold', 'found', 'false alarms', 'recall', 'precision', 'F1', 'specificity'],
        ...(inTraffic ? ['precision in the traffic'] : []),
      ],
      entries.flatMap(({ pack, report }) =>
        report.thresholds.map((at) => [pack, at.name, asThreshold(at.threshold), ...cells(at)]),
      ),
    ),
  ];
};

const partOf = (part: number, all: number): string => (all === 0 ? none : `${part} of ${all}`);

const costTable = (judged: readonly Entry[], currency: string): Block[] => {
  const known = judged.flatMap(({ pack, report: { cost } }) => (cost ? [{ pack, cost }] : []));
  const [first] = known;
  if (!first) return [];
  const { mistakes, prevalence, withoutModel } = first.cost;
  const perThousand = (perPicture: number): string => money(1000 * perPicture, currency);
  return [
    heading(4, 'Cost-optimal thresholds'),
    text(
      `A false alarm costs ${money(mistakes.falseAlarm, currency)}, a miss ${money(mistakes.miss, currency)}, a look by a person ${money(mistakes.review, currency)}; ` +
        `${percent(prevalence)} of the pictures show it. Without a model the cheapest is ${perThousand(withoutModel)} for 1 000 pictures.`,
    ),
    table(
      'What mistakes cost, for 1 000 pictures',
      ['pack', 'policy: review / block', 'costs', 'optimal: review / block', 'costs', 'cross-validated'],
      known.map(({ pack, cost: { policy, optimal } }) => [
        pack,
        policy ? lines(policy.lines) : none,
        policy ? perThousand(policy.costPerPicture) : none,
        lines(optimal.lines),
        perThousand(optimal.costPerPicture),
        perThousand(optimal.crossValidated),
      ]),
    ),
  ];
};

const lines = ({ review, block }: Lines): string =>
  `${review === null ? 'never' : asThreshold(review)} / ${block === null ? 'never' : asThreshold(block)}`;

const calibrationBlocks = (category: string, judged: readonly Entry[]): Block[] => {
  const known = judged.filter(({ report }) => report.calibration);
  if (known.length === 0) return [];
  const lacking = known[0]!.report.calibration!.tooFew;
  return [
    heading(4, 'Calibration'),
    text(
      'Whether a score can be taken for a probability: on the dashed diagonal, of the pictures that score 0.8 eight in ten show it. ' +
        `The grey bars say where the scores lie; bins with fewer than ${fewestCases} pictures are not drawn.`,
    ),
    charts(
      3,
      known.map((entry) => reliabilityChart(category, entry)),
    ),
    ...(lacking ? [note(`${lacking}.`)] : []),
    table(
      'Calibration error and Brier score',
      ['pack', 'method', 'ECE', 'Brier', 'fitted'],
      known.flatMap((entry) => {
        const { asIs, methods } = entry.report.calibration!;
        const best = bestMethod(entry)?.method;
        return [
          [entry.pack, 'as it is', withInterval(asIs.error), withInterval(asIs.brier), none],
          ...methods.map(({ method, outOfFold, fitted, refusal }) => [
            entry.pack,
            `${method}, out of fold${method === best ? ' ★' : ''}`,
            withInterval(outOfFold?.error),
            withInterval(outOfFold?.brier),
            fitted ? parameters(fitted) : (refusal ?? none),
          ]),
        ];
      }),
    ),
  ];
};

type Fitted = NonNullable<NonNullable<Entry['report']['calibration']>['methods'][number]['fitted']>;

const parameters = (fitted: Fitted): string => {
  switch (fitted.method) {
    case 'platt':
      return `slope ${short(fitted.slope)}, intercept ${short(fitted.intercept)}`;
    case 'temperature':
      return `temperature ${short(fitted.temperature)}`;
    case 'isotonic':
      return `${fitted.points.length} points`;
  }
};
