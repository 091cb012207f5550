import type { Category } from '../category.js';
import type { DetectorCalls } from '../detection/detector-calls.js';
import type { Finding } from './findings.js';
import type { PolicyDocument } from './policy.js';
import type { Scorer } from './scorer.js';

/** What a lead may say of detectors, but probably did not mean. */
export const detectorWarnings = (document: PolicyDocument, scorers: readonly Scorer[]): Finding[] => [
  ...unknownDetectors(document, scorers),
  ...unscoredCalls(document, scorers),
];

/** Categories that a surface's detectors give scores of, called by name as they are. */
export const categoriesOfCalled = (calls: DetectorCalls, scorers: readonly Scorer[]): Category[] =>
  scorers
    .filter(({ tier, pack }) => tier === 'deep' && Object.hasOwn(calls, pack))
    .flatMap(({ categories }) => categories);

const unknownDetectors = (document: PolicyDocument, scorers: readonly Scorer[]): Finding[] => {
  const here = new Set(liveOf('deep', scorers).map(({ pack }) => pack));
  if (here.size === 0) return [];
  const list = [...here].sort().join(', ');
  return namedCalls(document)
    .filter(({ detector }) => !here.has(detector))
    .map(({ path }) => ({
      path,
      message: `no worker in use has this detector: each picture that it is called for goes to a person; there are ${list}`,
    }));
};

const unscoredCalls = (document: PolicyDocument, scorers: readonly Scorer[]): Finding[] => {
  const fast = liveOf('fast', scorers);
  if (fast.length === 0) return [];
  const scored = new Set(fast.flatMap(({ categories }) => categories));
  return namedCalls(document).flatMap(({ path, reasons }) =>
    reasons.flatMap((call, at) =>
      call.when === 'score' && !scored.has(call.category)
        ? [
            {
              path: `${path}.${at}.category`,
              message: 'no fast model in use scores it: it never calls',
            },
          ]
        : [],
    ),
  );
};

const liveOf = (tier: Scorer['tier'], scorers: readonly Scorer[]): Scorer[] =>
  scorers.filter((scorer) => scorer.tier === tier && scorer.isLive);

const namedCalls = (document: PolicyDocument) =>
  [
    { path: 'detectors', calls: document.detectors },
    ...Object.entries(document.surfaces).map(([surface, { detectors = {} }]) => ({
      path: `surfaces.${surface}.detectors`,
      calls: detectors,
    })),
  ].flatMap(({ path, calls }) =>
    Object.entries(calls).map(([detector, reasons]) => ({ path: `${path}.${detector}`, detector, reasons })),
  );
