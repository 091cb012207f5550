import {
  type Category,
  type Detector,
  detectorDraw,
  highestScores,
  type PackStanding,
  packStanding,
  type PackTrial,
  type Pixels,
  type PolicyRules,
  type Scores,
} from '#libs/domain';
import { copyOf } from '../models/models.service.js';
import { assertDistinct, assertRoutesScored } from './assert-usable.js';
import { type Findings, findingsOf, type Heard } from './findings.js';
import { calledOf, type LookPlan, mayLook, planLook, type Question } from './routing.js';
import { WatchedDetector } from './watched-detector.js';

export { type Findings, nothingFound, type PictureVector } from './findings.js';
export { PackDetector } from './pack-detector.js';
export type { LookPlan, Question } from './routing.js';

/** Of the budget, where specialists may follow: a general that hangs leaves them some. */
const shareOfGenerals = 0.75;

/** What became of a look. */
export type LookOutcome = 'heard' | 'failed' | 'deadline_exceeded' | 'overloaded' | 'closed';

/** Told of every look, for metrics. */
export type OnLook = (detector: string, outcome: LookOutcome, seconds: number) => void;

/** What a picture is looked at for, and by which rules. */
export interface Occasion {
  question: Question;
  /** scores of the fast tier */
  fast: Scores;
  rules: PolicyRules;
}

/** The deep tier's detectors: who looks at a picture, and what they say of it. */
export class DetectorsService {
  private readonly watched = new WeakMap<Detector, WatchedDetector>();
  private judging: readonly Detector[] = [];
  private standing: PackStanding = { out: new Set(), replacedBy: new Map(), onTrial: [] };

  /**
   * @param known those that are here: all judge until `follow` says otherwise
   * @param fast categories that the fast tier scores
   * @param close of what the detectors keep open
   * @throws DetectorError for a name that stands twice, and for a specialist that nothing could call
   */
  constructor(
    private known: readonly Detector[],
    private readonly fast: readonly Category[],
    private readonly onLook: OnLook,
    readonly close: () => Promise<void> = () => Promise.resolve(),
  ) {
    this.follow([]);
  }

  /** Those that judge: nobody who is on trial, or was replaced. */
  get all(): readonly Detector[] {
    return this.judging;
  }

  /** Who tells what pictures are like, where there is one. */
  get embedder(): Detector | undefined {
    return this.judging.find(({ embeddingLength }) => embeddingLength !== undefined);
  }

  /**
   * Takes up who judges, who was replaced, and who is on trial.
   *
   * @param trials the last one of each pack
   * @param known those that are here; as before when left out
   * @throws DetectorError when those that would judge cannot be used beside each other: then all stays as it was
   */
  follow(trials: readonly PackTrial[], known = this.known): void {
    const standing = packStanding(new Map(known.map(({ name, version }) => [name, version])), trials);
    const judging = known.filter(({ name }) => !standing.out.has(name));
    assertDistinct(known);
    assertRoutesScored(judging, this.fast);
    [this.known, this.judging, this.standing] = [known, judging, standing];
  }

  plan({ question: { asks, called }, fast }: Pick<Occasion, 'question' | 'fast'>): LookPlan {
    return planLook(this.judging, { asks, called: this.inTheirPlaces(called) }, fast);
  }

  /** Whoever may look at pictures that the deep tier may be wanted for in these ways, whatever their scores. */
  mayLook({ asks, called }: Question): Detector[] {
    return mayLook(this.judging, { asks, called: this.inTheirPlaces(called) });
  }

  /**
   * First the generals side by side, then the specialists that are called, all within the policy's budget. Takes over the
   * views' memory; each detector has a copy of its own.
   *
   * @throws Error for a full queue, or a stop: the picture is to be looked at later
   */
  async look(plan: LookPlan, { question, fast, rules }: Occasion, views: Pixels[]): Promise<Findings> {
    const { generals, specialists, missing } = plan;
    const startsAt = performance.now();
    const mayFollow = generals.length > 0 && specialists.length > 0;
    const firstMs = mayFollow ? shareOfGenerals * rules.deepBudgetMs : rules.deepBudgetMs;
    const first = await this.ask(generals, mayFollow ? views.map(copyOf) : views, rules, startsAt + firstMs);
    const asked = { asks: question.asks, called: this.inTheirPlaces(question.called) };
    const called = calledOf(plan, asked, highestScores([fast, ...scoresOf(first)]));
    const then = await this.ask(called, views, rules, startsAt + rules.deepBudgetMs);
    return findingsOf([...first, ...then], missing);
  }

  /**
   * These alone, side by side, whoever they are. Takes over the views' memory.
   *
   * @throws Error for a full queue, or a stop
   */
  async lookBeside(
    detectors: readonly Detector[],
    rules: PolicyRules,
    limitMs: number,
    views: Pixels[],
  ): Promise<Findings> {
    return findingsOf(await this.ask(detectors, views, rules, performance.now() + limitMs), []);
  }

  /** Who is on trial beside those that looked at a picture: each for its share of the pictures, drawn by their ids. */
  onTrialBeside({ seen, unheard }: Findings, contentId: string): Detector[] {
    const { onTrial, replacedBy } = this.standing;
    const lookers = [...seen.map(({ model }) => model.name), ...unheard.map(({ detector }) => detector)];
    const draw = detectorDraw(contentId);
    return onTrial
      .filter(({ against }) => lookers.includes(replacedBy.get(against) ?? against))
      .filter(({ pack, share }) => draw(pack) < share)
      .flatMap(({ pack }) => this.known.filter(({ name }) => name === pack));
  }

  /** A policy goes on to name the pack that another one has replaced. */
  private inTheirPlaces(called: readonly string[]): string[] {
    return [...new Set(called.map((name) => this.standing.replacedBy.get(name) ?? name))];
  }

  /** All at once. @param endsAt on the clock of performance.now() */
  private ask(
    detectors: readonly Detector[],
    views: Pixels[],
    rules: PolicyRules,
    endsAt: number,
  ): Promise<Heard[]> {
    const lastAt = detectors.length - 1;
    return Promise.all(
      detectors.map((each, at) => this.hear(each, at === lastAt ? views : views.map(copyOf), rules, endsAt)),
    );
  }

  private async hear(
    detector: Detector,
    views: Pixels[],
    rules: PolicyRules,
    endsAt: number,
  ): Promise<Heard> {
    const { name } = detector;
    const startsAt = performance.now();
    const answer = await this.watch(detector).detect(views, { rules, deadlineMs: endsAt - startsAt });
    this.onLook(name, answer.ok ? 'heard' : answer.code, (performance.now() - startsAt) / 1000);
    return { name, answer };
  }

  private watch(detector: Detector): WatchedDetector {
    const watched = this.watched.get(detector) ?? new WatchedDetector(detector);
    this.watched.set(detector, watched);
    return watched;
  }
}

const scoresOf = (heard: readonly Heard[]): Scores[] =>
  heard.flatMap(({ answer }) => (answer.ok ? [answer.value.scores] : []));
