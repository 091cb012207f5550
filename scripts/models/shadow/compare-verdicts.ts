import type { ShadowedContent } from '#libs/database';
import {
  type Category,
  decide,
  type Estimate,
  highestScores,
  type ModelTier,
  type Policy,
  proportionOf,
  type Scores,
  settle,
  type Verdict,
  verdicts,
} from '#libs/domain';

/** now → with the pack on trial → how many */
export type Confusion = Record<Verdict, Record<Verdict, number>>;

export interface ScoreChange {
  category: Category;
  /** contents that both scored */
  count: number;
  mean: number;
  largest: number;
}

export interface Comparison {
  /** contents that were shown to it, and on which the other's scores are known */
  contents: number;
  /** shown to it, while the other's scores are not known: left out */
  unpaired: number;
  confusion: Confusion;
  /** contents with another verdict; undefined without contents */
  flips: Estimate | undefined;
  bySurface: { surface: string; contents: number; flips: Estimate | undefined }[];
  changes: ScoreChange[];
}

/**
 * What verdicts would have been with another pack in the place of the one that judged, by one policy: all else that was
 * said of a picture stays. Fed page by page, in memory that grows with categories and surfaces only.
 */
export class VerdictComparison {
  private readonly confusion = emptyConfusion();
  private readonly surfaces = new Map<string, { contents: number; flips: number }>();
  private readonly changes = new Map<Category, { count: number; sum: number; largest: number }>();
  private unpaired = 0;

  constructor(
    private readonly policy: Policy,
    /** the pack that judged */
    private readonly against: string,
  ) {}

  add({ surface, shadow, judged }: ShadowedContent): void {
    const theirs = judged.find(({ model }) => model === this.against);
    if (!theirs) {
      this.unpaired += 1;
      return;
    }
    const others = judged.filter((each) => each !== theirs);
    const now = this.verdictOf(surface, [...others, theirs]);
    const then = this.verdictOf(surface, [...others, { ...theirs, scores: shadow }]);
    this.confusion[now][then] += 1;
    const counted = this.surfaces.get(surface) ?? { contents: 0, flips: 0 };
    this.surfaces.set(surface, {
      contents: counted.contents + 1,
      flips: counted.flips + (now === then ? 0 : 1),
    });
    this.compareScores(theirs.scores, shadow);
  }

  result(): Comparison {
    const surfaces = [...this.surfaces].sort(([a], [b]) => (a < b ? -1 : 1));
    const contents = surfaces.reduce((sum, [, each]) => sum + each.contents, 0);
    const flips = surfaces.reduce((sum, [, each]) => sum + each.flips, 0);
    return {
      contents,
      unpaired: this.unpaired,
      confusion: this.confusion,
      flips: proportionOf(flips, contents),
      bySurface: surfaces.map(([surface, each]) => ({
        surface,
        contents: each.contents,
        flips: proportionOf(each.flips, each.contents),
      })),
      changes: [...this.changes]
        .map(([category, { count, sum, largest }]) => ({ category, count, mean: sum / count, largest }))
        .sort((a, b) => b.mean - a.mean),
    };
  }

  /** As the worker judges: the deep tier's word where it has one, elsewhere the fast tier's. */
  private verdictOf(surface: string, judged: { tier: ModelTier; scores: Scores }[]): Verdict {
    const decisionOf = (tier: ModelTier) =>
      decide(
        highestScores(judged.filter((each) => each.tier === tier).map(({ scores }) => scores)),
        this.policy,
        surface,
        tier,
      );
    return settle(decisionOf('fast'), decisionOf('deep')).verdict;
  }

  private compareScores(theirs: Scores, ours: Scores): void {
    for (const [category, score] of Object.entries(theirs)) {
      const other = ours[category];
      if (other === undefined) continue;
      const change = Math.abs(other - score);
      const { count, sum, largest } = this.changes.get(category) ?? { count: 0, sum: 0, largest: 0 };
      this.changes.set(category, {
        count: count + 1,
        sum: sum + change,
        largest: Math.max(largest, change),
      });
    }
  }
}

const emptyConfusion = (): Confusion =>
  Object.fromEntries(
    verdicts.map((now) => [now, Object.fromEntries(verdicts.map((then) => [then, 0]))]),
  ) as Confusion;
