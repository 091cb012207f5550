import {
  type Category,
  type Detector,
  highestScores,
  type Pixels,
  type PolicyRules,
  type Scores,
} from '#libs/domain';
import { copyOf } from '../models/models.service.js';
import { assertUsable } from './assert-usable.js';
import { type Findings, findingsOf, type Heard } from './findings.js';
import { calledOf, type LookPlan, mayLook, planLook, type Question } from './routing.js';
import { WatchedDetector } from './watched-detector.js';

export { type Findings, nothingFound, type PictureVector } from './findings.js';
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
  private readonly watched: ReadonlyMap<string, WatchedDetector>;

  /**
   * @param fast categories that the fast tier scores
   * @param close of what the detectors keep open
   * @throws DetectorError for a name that stands twice, and for a specialist that nothing could call
   */
  constructor(
    readonly all: readonly Detector[],
    fast: readonly Category[],
    private readonly onLook: OnLook,
    readonly close: () => Promise<void> = () => Promise.resolve(),
  ) {
    assertUsable(all, fast);
    this.watched = new Map(all.map((each) => [each.name, new WatchedDetector(each)]));
  }

  plan({ question, fast }: Pick<Occasion, 'question' | 'fast'>): LookPlan {
    return planLook(this.all, question, fast);
  }

  /** Whoever may look at pictures that the deep tier may be wanted for in these ways, whatever their scores. */
  mayLook(question: Question): Detector[] {
    return mayLook(this.all, question);
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
    const called = calledOf(plan, question, highestScores([fast, ...scoresOf(first)]));
    const then = await this.ask(called, views, rules, startsAt + rules.deepBudgetMs);
    return findingsOf([...first, ...then], missing);
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
      detectors.map(({ name }, at) =>
        this.hear(name, at === lastAt ? views : views.map(copyOf), rules, endsAt),
      ),
    );
  }

  private async hear(name: string, views: Pixels[], rules: PolicyRules, endsAt: number): Promise<Heard> {
    const startsAt = performance.now();
    const answer = await this.watched.get(name)!.detect(views, { rules, deadlineMs: endsAt - startsAt });
    this.onLook(name, answer.ok ? 'heard' : answer.code, (performance.now() - startsAt) / 1000);
    return { name, answer };
  }
}

const scoresOf = (heard: readonly Heard[]): Scores[] =>
  heard.flatMap(({ answer }) => (answer.ok ? [answer.value.scores] : []));
