import {
  categoriesForDeep,
  type Category,
  type Classification,
  type Content,
  decide,
  highestScores,
  type Judgement,
  type Pixels,
  type Policy,
  type Scores,
} from '#libs/domain';
import type { ModelPack } from '#libs/inference';
import { calledOf, copyOf, type LookPlan, type ModelsService, planLook } from '../models/models.service.js';
import type { PicturesService, ViewNeeds } from '../pictures/pictures.service.js';
import type { WorkerMetrics } from '../worker-metrics.js';
import { combined, fastJudgement, scoresIn } from './judgements.js';
import { Unfit } from './unfit.js';

/** What the tiers saw of one picture. */
export interface Sight {
  /** with its perceptual hash, where that was made here */
  content: Content;
  fast: Judgement;
  /** categories that the deep tier was asked about */
  asks: Category[];
  /** by the deep packs that looked */
  seen: Classification[];
}

/** Shows pictures to models: which ones, in which order, and how much memory that takes. */
export class Looks {
  constructor(
    private readonly models: ModelsService,
    private readonly pictures: PicturesService,
    private readonly metrics: WorkerMetrics,
  ) {}

  /**
   * The deep tier's look at what the fast one could not settle. The picture is not even opened when no model is called.
   *
   * @throws Unfit for a picture that can never be looked at; Error for a fault that may pass
   */
  async deeper(content: Content, fast: Judgement, asks: Category[]): Promise<Sight> {
    const plan = planLook(this.models.deep, asks, scoresIn(fast));
    const mayLook = [...plan.generals, ...plan.specialists];
    if (mayLook.length === 0) return { content, fast, asks, seen: [] };
    const needs = needsOf(mayLook, copiesOf(plan));
    const seen = await this.show(content, needs, (views) => this.look(plan, asks, scoresIn(fast), views));
    return { content, fast, asks, seen };
  }

  /**
   * Both tiers, one after the other: what the gateway does with an upload that waits for its answer, and then what
   * this worker does with a flagged one.
   *
   * @throws Unfit, Error
   */
  twice(content: Content, policy: Policy): Promise<Sight> {
    const { fast: fastPack, deep } = this.models;
    // whoever may be asked after the fast pack has spoken; one more copy waits for them
    const needs = needsOf([fastPack, ...deep], deep.length + 1);
    return this.show(content, needs, async (opened) => {
      const { content: hashed, views } = await this.hashed(content, opened);
      const seenFast = await this.infer([fastPack], views.map(copyOf));
      const decision = decide(combined(seenFast), policy, content.surface, 'fast');
      const asks = categoriesForDeep(decision, policy, content.surface);
      const plan = planLook(deep, asks, combined(seenFast));
      const seen = await this.look(plan, asks, combined(seenFast), views);
      return { content: hashed, fast: fastJudgement(decision, policy, seenFast), asks, seen };
    });
  }

  /** First the generals, then the specialists that the scores call. Takes over the views' memory. */
  private async look(
    plan: LookPlan,
    asks: readonly Category[],
    fast: Scores,
    views: Pixels[],
  ): Promise<Classification[]> {
    const { generals, specialists } = plan;
    const bothMayLook = generals.length > 0 && specialists.length > 0;
    const seen = await this.infer(generals, bothMayLook ? views.map(copyOf) : views);
    const called = calledOf(plan, asks, highestScores([fast, combined(seen)]));
    return [...seen, ...(await this.infer(called, views))];
  }

  private async show<Seen>(
    content: Content,
    needs: ViewNeeds,
    look: (views: Pixels[]) => Promise<Seen>,
  ): Promise<Seen> {
    const shown = await this.pictures.show(content, needs, look);
    if (!shown.ok) throw new Unfit(`${shown.code}: ${shown.detail}`);
    return shown.value;
  }

  /** With its hash, unless the gateway has made it. Takes over the first view's memory, and gives it back. */
  private async hashed(content: Content, [picture, ...others]: Pixels[]) {
    if (content.pdq !== null) return { content, views: [picture!, ...others] };
    const { hash, pixels } = await this.pictures.hash(picture!);
    return {
      content: { ...content, pdq: hash.pdq, pdqQuality: hash.quality },
      views: [pixels, ...others],
    };
  }

  private async infer(packs: ModelPack[], views: Pixels[]): Promise<Classification[]> {
    if (packs.length === 0) return [];
    const seen = await this.metrics.timed('infer', () => this.models.classify(packs, views));
    if (!seen.ok) throw new Error(`${seen.code}: ${seen.detail}`);
    return seen.value;
  }
}

/** Decoded once for all packs, so as large as the most demanding of them wants it. */
const needsOf = (packs: readonly ModelPack[], copies: number): ViewNeeds => ({
  minShortSide: Math.max(...packs.map(({ manifest }) => manifest.resize.minShortSide)),
  copies,
});

/** Each general has a copy of its own, and one waits for the specialists; then these have theirs. */
const copiesOf = ({ generals, specialists }: LookPlan): number =>
  Math.max(generals.length + (specialists.length > 0 ? 1 : 0), specialists.length);
