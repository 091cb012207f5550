import { type ClassWeights, weightOf } from '../metrics/class-weights.js';
import type { ScoredCase } from '../metrics/scored-case.js';

interface Block {
  from: number;
  to: number;
  weight: number;
  /** share of positives */
  share: number;
}

/**
 * The rising step function nearest to the truth by squares, by pooling adjacent violators (Ayer et al., 1955; for
 * classifiers Zadrozny and Elkan, 2002). Each step is written as its two ends, what lies between two steps is linear.
 *
 * @returns [score, share of positives], rising in both
 */
export const fitIsotonic = (cases: readonly ScoredCase[], weights: ClassWeights): [number, number][] => {
  const blocks: Block[] = [];
  for (const next of byScore(cases, weights)) {
    let last = next;
    while (blocks.length > 0 && blocks.at(-1)!.share >= last.share) last = pooled(blocks.pop()!, last);
    blocks.push(last);
  }
  return blocks.flatMap(({ from, to, share }): [number, number][] =>
    from === to
      ? [[from, share]]
      : [
          [from, share],
          [to, share],
        ],
  );
};

/** One block per distinct score, rising. */
const byScore = (cases: readonly ScoredCase[], weights: ClassWeights): Block[] => {
  const blocks: Block[] = [];
  for (const each of [...cases].sort((a, b) => a.score - b.score)) {
    const own = {
      from: each.score,
      to: each.score,
      weight: weightOf(each, weights),
      share: each.isPositive ? 1 : 0,
    };
    const last = blocks.at(-1);
    if (last?.to === each.score) blocks[blocks.length - 1] = pooled(last, own);
    else blocks.push(own);
  }
  return blocks;
};

const pooled = (one: Block, other: Block): Block => {
  const weight = one.weight + other.weight;
  return {
    from: one.from,
    to: other.to,
    weight,
    share: (one.share * one.weight + other.share * other.weight) / weight,
  };
};
