import { Inject, Injectable } from '@nestjs/common';
import {
  type AcceptedAnswer,
  categoriesForDeep,
  type Content,
  decide,
  type Decision,
  detectorsForDeep,
  type Judgement,
  judgedCategories,
  knowsSurface,
  type ModerationAnswer,
  type PerceptualHash,
  type Policy,
  rulesFor,
  type Scores,
} from '#libs/domain';
import type { ImageFacts } from '#libs/images';
import { Problem, tracedPart } from '#libs/platform';
import { PolicyBook } from '#libs/policies';
import { KnownContentService, type KnownMatch } from '../known/known-content.service.js';
import { MetricsService } from '../metrics/metrics.service.js';
import { RecordingService } from '../recording/recording.service.js';
import { ScoresService } from '../scores/scores.service.js';
import type { Upload } from '../upload/upload.service.js';
import { acceptedOf, answerOf, judgedFast, judgedKnown, settled, type Standing } from './answer.js';

/** Injection token of a number in [0, 1) for a content's id: who is picked as an audit sample. */
export const AUDIT_DRAW = Symbol('audit draw');

/** One upload as its caller described it. */
export interface Submission {
  /** of the content that it becomes */
  id: string;
  upload: Upload;
  surface: string;
  reference: string | null;
  /** people who will see it, by the caller's estimate */
  audience?: number | undefined;
  apiKeyId: string;
  receivedAt: Date;
}

/** The fast tier: from the bytes of one upload to its verdict. */
@Injectable()
export class ModerationService {
  constructor(
    private readonly policies: PolicyBook,
    private readonly known: KnownContentService,
    private readonly scores: ScoresService,
    private readonly recording: RecordingService,
    private readonly metrics: MetricsService,
    @Inject(AUDIT_DRAW) private readonly draw: (contentId: string) => number,
  ) {}

  /** @throws Problem `invalid_request` for a surface that the policy does not name */
  refuseUnknownSurface(surface: string): void {
    if (knowsSurface(this.policies.current(), surface)) return;
    throw new Problem('invalid_request', `The policy knows no surface ${surface}; nothing was decided.`, {
      fields: [{ path: 'surface', message: 'must be one that the policy names' }],
    });
  }

  /**
   * The story of one upload. Whatever goes wrong on the way throws; only what was looked at is allowed.
   *
   * @throws Problem with the guard's refusal, `overloaded`, `unavailable` or `bus_unavailable`
   */
  async moderate(submission: Submission): Promise<ModerationAnswer> {
    const started = performance.now();
    const policy = this.policies.current();
    const { upload, surface } = submission;

    const decided = this.known.exact(upload.sha256, policy);
    if (decided) {
      const content = contentOf(submission, await this.scores.facts(upload), null);
      return this.inherit(content, upload, decided, policy, started);
    }

    const seen = await this.scores.look(upload, (hash) => this.known.nearBlock(hash));
    const content = contentOf(submission, seen.look.facts, seen.look.hash);
    if (seen.match) return this.inherit(content, upload, seen.match, policy, started);

    refuseMissingScores(seen.scores, policy, surface);
    const decision = decide(seen.scores, policy, surface, 'fast');
    const judgement = judgedFast(
      decision,
      policy,
      { model: this.scores.model, scores: seen.scores },
      new Date(),
    );
    const standing = await tracedPart('record', () =>
      this.record(content, upload, { decision, scores: seen.scores, fast: judgement }, policy),
    );

    const cached = seen.outcome !== 'miss';
    const took = cached ? noWork : seen.look.took;
    return this.answer(content, judgement, standing, { cached, took, started });
  }

  /**
   * Takes an upload for later: guarded and stored, and classified by the worker. Known pictures are judged here, since
   * the worker knows of none: near copies too, so the picture is hashed as long as any block is in force.
   *
   * @throws Problem with the guard's refusal, `overloaded`, `unavailable` or `bus_unavailable`
   */
  async accept(submission: Submission): Promise<AcceptedAnswer> {
    const { upload } = submission;
    const policy = this.policies.current();
    const facts = await this.scores.facts(upload);
    const exact = this.known.exact(upload.sha256, policy);
    const hash = !exact && this.known.holdsBlocks() ? await this.scores.hash(upload, facts) : null;
    const content = contentOf(submission, facts, hash);
    const decided = exact ?? this.known.nearBlock(hash);
    await tracedPart('record', () =>
      decided
        ? this.recording.judge(content, upload, judgedKnown(decided, policy, new Date()))
        : this.recording.submit(content, upload),
    );
    return acceptedOf(content);
  }

  /** An earlier decision of a person on the same, or (a block) nearly the same, picture. */
  private async inherit(
    content: Content,
    upload: Upload,
    match: KnownMatch,
    policy: Policy,
    started: number,
  ): Promise<ModerationAnswer> {
    const judgement = judgedKnown(match, policy, new Date());
    if (match.verdict === 'block')
      await tracedPart('record', () => this.recording.judge(content, upload, judgement));
    else this.recording.allow(content, judgement);
    return this.answer(content, judgement, settled, { cached: false, took: noWork, started });
  }

  /**
   * Durable before the answer, unless it is a plain allow. `hold` is for reviews only: where a surface sends everything
   * to the deep tier, the fast allow stands for the moment and the image may be shown.
   */
  private async record(
    content: Content,
    upload: Upload,
    { decision, scores, fast }: { decision: Decision; scores: Scores; fast: Judgement },
    policy: Policy,
  ): Promise<Standing> {
    const { verdict } = decision;
    const started = performance.now();
    const rules = rulesFor(policy, content.surface);
    const asks = categoriesForDeep(decision, policy, content.surface);
    const called = detectorsForDeep(decision, scores, policy, content);
    const isOpen = verdict === 'review' || asks.length > 0 || called.length > 0;
    const audit = verdict === 'allow' && !isOpen ? this.sample(content.id, rules.auditSampleRate) : null;
    if (isOpen || audit) {
      await this.recording.flag(content, upload, { fast, asks, called, audit });
      this.metrics.spent('record', performance.now() - started);
      return { final: false, hold: verdict === 'review' && rules.hold };
    }
    if (verdict === 'block') {
      await this.recording.judge(content, upload, fast);
      this.metrics.spent('record', performance.now() - started);
    } else this.recording.allow(content, fast);
    return settled;
  }

  /** Picks allowed contents by chance; the probability travels with the sample, so that rates can be estimated. */
  private sample(contentId: string, rate: number): { propensity: number } | null {
    return this.draw(contentId) < rate ? { propensity: rate } : null;
  }

  private answer(
    content: Content,
    judgement: Judgement,
    standing: Standing,
    how: { cached: boolean; took: { decodeMs: number; inferenceMs: number }; started: number },
  ): ModerationAnswer {
    const totalMs = performance.now() - how.started;
    this.metrics.spent('total', totalMs);
    this.metrics.answered(judgement);
    return answerOf(content, judgement, standing, {
      cached: how.cached,
      timings: { ...how.took, totalMs },
    });
  }
}

/** What nobody scored is not harmless. At start, and for every new policy, `refuseUnscored` sees to it: a second lock. */
const refuseMissingScores = (scores: Scores, policy: Policy, surface: string): void => {
  const missing = judgedCategories(policy, surface, 'fast').filter(
    (category) => !Object.hasOwn(scores, category),
  );
  if (missing.length === 0) return;
  throw new Problem(
    'unavailable',
    'The model does not score all that the policy judges; nothing was decided.',
    {
      cause: new Error(`no score of ${missing.join(', ')}`),
    },
  );
};

const noWork = { decodeMs: 0, inferenceMs: 0 };

const contentOf = (
  { id, upload, surface, reference, audience, apiKeyId, receivedAt }: Submission,
  facts: ImageFacts,
  hash: PerceptualHash | null,
): Content => ({
  id,
  sha256: upload.sha256,
  pdq: hash?.pdq ?? null,
  pdqQuality: hash?.quality ?? null,
  mediaType: facts.mediaType,
  width: facts.width,
  height: facts.height,
  bytes: upload.bytes.length,
  surface,
  reference,
  audience: audience ?? null,
  apiKeyId,
  blobKey: null,
  receivedAt: receivedAt.toISOString(),
});
