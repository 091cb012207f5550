import { decide, defaultSurface, type ModelTier, type Pixels, type Policy, type Scores } from '#libs/domain';
import { InferencePool, type ModelPack } from '#libs/inference';
import type { SamplePicture } from '../../demo/sample-pictures.js';
import { viewsOf } from '../adding/sample-views.js';
import { OptimizeError } from './optimize-error.js';

export interface Comparison {
  pictures: number;
  /** of a category's score, over pictures and categories */
  largestChange: number;
  meanChange: number;
  /** pictures that some surface of the policy judges otherwise */
  flips: string[];
  /** share of the pictures with another most probable label */
  topChanged: number;
  /** processor time of a look, the resize included, in milliseconds, medians */
  cpuMs: { parent: number; variant: number };
}

/**
 * Shows each picture to both packs, whose names differ, one right after the other, so that whatever else the machine does slows both alike.
 *
 * @throws PackError for a variant that does not open; OptimizeError for one that fails on a picture
 */
export const compare = async (
  parent: ModelPack,
  variant: ModelPack,
  pictures: readonly SamplePicture[],
  policy: Policy,
): Promise<Comparison> => {
  const pool = await InferencePool.open([parent, variant], oneThread);
  try {
    const pairs: Pair[] = [];
    for await (const view of viewsOf(pictures, parent.manifest.resize.minShortSide)) {
      const { name } = pictures[pairs.length]!;
      // the pool takes a view's memory over
      const ofParent = await look(pool, parent, { ...view, data: new Uint8Array(view.data) }, name);
      pairs.push({ name, parent: ofParent, variant: await look(pool, variant, view, name) });
    }
    return summed(pairs, policy, parent.manifest.tier);
  } finally {
    await pool.close();
  }
};

const oneThread = { threads: 1, provider: 'cpu', maxBatch: 1, maxDelayMs: 0, queueLimit: 1 } as const;

interface Look {
  scores: Scores;
  top: string;
  cpuMs: number;
}
interface Pair {
  name: string;
  parent: Look;
  variant: Look;
}

const look = async (pool: InferencePool, pack: ModelPack, view: Pixels, picture: string): Promise<Look> => {
  const before = process.cpuUsage();
  const outcome = await pool.classify(pack.manifest.name, view);
  const { user, system } = process.cpuUsage(before);
  if (!outcome.ok) throw new OptimizeError(`${picture}: ${outcome.detail}`);
  const { scores, labels } = outcome.value;
  const top = Object.entries(labels).reduce((best, next) => (next[1] > best[1] ? next : best))[0];
  return { scores, top, cpuMs: (user + system) / 1_000 };
};

/** @param pairs at least one */
const summed = (pairs: readonly Pair[], policy: Policy, tier: ModelTier): Comparison => {
  const surfaces = [defaultSurface, ...Object.keys(policy.document.surfaces)];
  const verdicts = ({ scores }: Look): string =>
    surfaces.map((surface) => decide(scores, policy, surface, tier).verdict).join();
  const changes = pairs.flatMap(({ parent, variant }) =>
    Object.entries(parent.scores).map(([category, score]) => Math.abs(score - variant.scores[category]!)),
  );
  return {
    pictures: pairs.length,
    largestChange: Math.max(...changes),
    meanChange: changes.reduce((sum, each) => sum + each, 0) / changes.length,
    flips: pairs
      .filter(({ parent, variant }) => verdicts(parent) !== verdicts(variant))
      .map(({ name }) => name),
    topChanged: pairs.filter(({ parent, variant }) => parent.top !== variant.top).length / pairs.length,
    cpuMs: {
      parent: median(pairs.map(({ parent }) => parent.cpuMs)),
      variant: median(pairs.map(({ variant }) => variant.cpuMs)),
    },
  };
};

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]!;

/** Why a variant must not be kept; undefined where it may. */
export const refusalOf = (
  { flips, pictures, largestChange }: Comparison,
  { mostFlips, mostChange }: { mostFlips: number; mostChange: number },
): string | undefined => {
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  if (flips.length > mostFlips * pictures)
    return (
      `the verdict changes on ${flips.length} of ${pictures} pictures (${flips.slice(0, 5).join(', ')}): more than ` +
      `--most-flips ${percent(mostFlips)}`
    );
  if (largestChange > mostChange)
    return `a score changes by ${largestChange.toFixed(3)}: more than --most-change ${mostChange}`;
  return undefined;
};
