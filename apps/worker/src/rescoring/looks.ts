import {
  askableOfDeep,
  categoriesForDeep,
  type Classification,
  type Content,
  decide,
  detectorsForDeep,
  type Judgement,
  type Pixels,
  type Policy,
  rulesFor,
} from '#libs/domain';
import type { DetectorsService, Findings, LookPlan, Question } from '../detectors/detectors.service.js';
import { copyOf, type ModelsService } from '../models/models.service.js';
import type { PicturesService, ViewNeeds } from '../pictures/pictures.service.js';
import type { WorkerMetrics } from '../worker-metrics.js';
import { fastJudgement, scoresIn } from './judgements.js';
import { Unfit } from './unfit.js';

/** What the tiers saw of one picture. */
export interface Sight extends Findings {
  /** with its perceptual hash, where that was made here */
  content: Content;
  fast: Judgement;
  /** what the deep tier was wanted for */
  question: Question;
}

/** Shows pictures to the fast pack and to detectors, and sees to it that they are decoded as large as these need them. */
export class Looks {
  constructor(
    private readonly models: ModelsService,
    private readonly detectors: DetectorsService,
    private readonly pictures: PicturesService,
    private readonly metrics: WorkerMetrics,
  ) {}

  /**
   * The deep tier's look at what the fast one could not settle. The picture is not even opened when no detector is called.
   *
   * @throws Unfit for a picture that can never be looked at; Error for a fault that may pass
   */
  async deeper(content: Content, fast: Judgement, question: Question, policy: Policy): Promise<Sight> {
    const occasion = { question, fast: scoresIn(fast), rules: rulesFor(policy, content.surface) };
    const plan = this.detectors.plan(occasion);
    const mayLook = [...plan.generals, ...plan.specialists];
    const look = (views: Pixels[]): Promise<Findings> => this.detectors.look(plan, occasion, views);
    const findings =
      mayLook.length === 0
        ? await look([])
        : await this.show(content, needsOf(mayLook, copiesOf(plan)), (views) =>
            this.timed(() => look(views)),
          );
    return { content, fast, question, ...findings };
  }

  /**
   * Both tiers, one after the other: what the gateway does with an upload that waits for its answer, and then what
   * this worker does with a flagged one.
   *
   * @throws Unfit, Error
   */
  twice(content: Content, policy: Policy): Promise<Sight> {
    const { surface } = content;
    const rules = rulesFor(policy, surface);
    const mayLook = this.detectors.mayLook({
      asks: askableOfDeep(rules),
      called: Object.keys(rules.detectors),
    });
    const { minShortSide } = this.models.fast.manifest.resize;
    // one more copy waits for whoever is asked after the fast pack has spoken
    const needs = needsOf([{ minShortSide }, ...mayLook], mayLook.length + 1);
    return this.show(content, needs, async (opened) => {
      const { content: hashed, views } = await this.hashed(content, opened);
      const seenFast = await this.lookFast(views.map(copyOf));
      const decision = decide(seenFast.scores, policy, surface, 'fast');
      const question = {
        asks: categoriesForDeep(decision, policy, surface),
        called: detectorsForDeep(decision, seenFast.scores, policy, content),
      };
      const occasion = { question, fast: seenFast.scores, rules };
      const plan = this.detectors.plan(occasion);
      const findings = await this.timed(() => this.detectors.look(plan, occasion, views));
      return { content: hashed, fast: fastJudgement(decision, policy, [seenFast]), question, ...findings };
    });
  }

  private async lookFast(views: Pixels[]): Promise<Classification> {
    const { fast } = this.models;
    const { name } = fast.manifest;
    const seen = await this.timed(() => this.models.look(fast, views));
    if (!seen.ok) throw new Error(`${seen.code}: ${name}: ${seen.detail}`);
    const { version, scores } = seen.value;
    return { model: { name, version, tier: 'fast' }, scores };
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

  private timed<Seen>(look: () => Promise<Seen>): Promise<Seen> {
    return this.metrics.timed('infer', look);
  }
}

/** Decoded once for all who may look, so as large as the most demanding of them wants it. */
export const needsOf = (lookers: readonly Pick<ViewNeeds, 'minShortSide'>[], copies: number): ViewNeeds => ({
  minShortSide: Math.max(...lookers.map(({ minShortSide }) => minShortSide)),
  copies,
});

/** Each general has a copy of its own, and one waits for the specialists; then these have theirs. */
const copiesOf = ({ generals, specialists }: LookPlan): number =>
  Math.max(generals.length + (specialists.length > 0 ? 1 : 0), specialists.length);
