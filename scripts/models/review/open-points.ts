import type { Manifest } from '#libs/inference';
import { manifestDigest, type Review } from './review.js';

/** What keeps a pack from being promoted. */
export interface OpenPoint {
  /** to accept it by: `owner`, `metrics:sexual/explicit` */
  id: string;
  what: string;
}

/** Points that are no risk to be taken on: without them nobody knows what is signed. */
const neverAccepted = ['owner', 'licence', 'evaluation', 'subject'];
export const isAcceptable = (id: string): boolean => !neverAccepted.includes(id);

/**
 * What a review lacks: nobody said it, nobody measured it, or what was measured is not good enough; without those that
 * somebody has accepted.
 *
 * @param manifest of the pack as it is now; when given, the review must be of it
 */
export const openPoints = (review: Review, manifest?: Manifest): OpenPoint[] =>
  [
    ...subjectPoints(review, manifest),
    ...saidPoints(review),
    ...metricsPoints(review),
    ...latencyPoints(review),
    ...costPoints(review),
    ...slicePoints(review),
  ].filter(({ id }) => !isAcceptable(id) || !Object.hasOwn(review.accepted, id));

const subjectPoints = ({ subject }: Review, manifest: Manifest | undefined): OpenPoint[] => {
  if (!subject) return [{ id: 'evaluation', what: 'not evaluated: run npm run models:evaluate -- --review' }];
  if (
    !manifest ||
    (subject.manifestDigest === manifestDigest(manifest) && subject.graphSha256 === manifest.sha256)
  )
    return [];
  return [
    {
      id: 'subject',
      what: `the review is of version ${subject.version} as it was then: the manifest or the graph has changed since`,
    },
  ];
};

const saidPoints = ({ owner, licence, data }: Review): OpenPoint[] => [
  ...(owner
    ? []
    : [{ id: 'owner', what: 'nobody is named who answers for the pack ("owner" in review.json)' }]),
  ...(licence?.hasText ? [] : [{ id: 'licence', what: 'no licence is named, or its text is missing' }]),
  ...(data.trainedOn
    ? []
    : [{ id: 'training-data', what: 'nothing is said about what it has learnt from ("data.trainedOn")' }]),
  ...(data.evaluatedOn?.repeated
    ? [
        {
          id: 'repeated-pictures',
          what: `${data.evaluatedOn.repeated} of ${data.evaluatedOn.pictures} pictures repeat others: the intervals are too narrow`,
        },
      ]
    : []),
];

const metricsPoints = ({ metrics }: Review): OpenPoint[] =>
  Object.entries(metrics).flatMap(([category, { tooFew }]) =>
    tooFew === null ? [] : [{ id: `metrics:${category}`, what: tooFew }],
  );

const latencyPoints = ({ latency: { budgetMs, measured } }: Review): OpenPoint[] => {
  if (budgetMs === null)
    return [
      { id: 'latency-budget', what: 'nobody has said how long a picture may take ("latency.budgetMs")' },
    ];
  if (!measured) return [{ id: 'latency', what: 'the latency was not measured' }];
  if (measured.p95Ms <= budgetMs) return [];
  return [{ id: 'latency', what: `p95 is ${measured.p95Ms} ms, the budget ${budgetMs} ms` }];
};

const costPoints = ({ cost }: Review): OpenPoint[] => {
  if (!cost) return [{ id: 'cost', what: 'the cost of a year was not computed' }];
  return cost.fromExamplePrices
    ? [
        {
          id: 'cost',
          what: 'the cost of a year was computed from example prices: give your own with --prices',
        },
      ]
    : [];
};

const slicePoints = ({ slices }: Review): OpenPoint[] => {
  if (!slices || slices.compared === 0)
    return [
      { id: 'slices', what: 'no parts of the data were compared: nothing is known of uneven error rates' },
    ];
  return slices.differing.map(({ category, column, value, differs }) => ({
    id: `slice:${category}:${column}=${value}`,
    what: `${category}: ${differs.map((rate) => (rate === 'recall' ? 'recall' : 'false alarms')).join(' and ')} differ where ${column} is ${value}`,
  }));
};
