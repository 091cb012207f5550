import { Inject, Injectable } from '@nestjs/common';
import pLimit, { type LimitFunction } from 'p-limit';
import type { ModelRef, PerceptualHash, Scores } from '#libs/domain';
import { ByteBudget, type ImageFacts, inspect } from '#libs/images';
import { Problem, tracedPart } from '#libs/platform';
import { CONFIG, type GatewayConfig } from '../gateway-config.js';
import { type CacheOutcome, MetricsService, type Stage } from '../metrics/metrics.service.js';
import type { Upload } from '../upload/upload.service.js';
import { FastTier } from './fast-tier.js';
import { LookCache } from './look-cache.js';
import type { Look } from './look.js';

export type { Look } from './look.js';

/**
 * Pictures that are decoded at once for each inference thread: one at the model, others on their way to it. The rest
 * of the queue waits as compressed bytes, which take a tenth of the memory of pixels.
 */
const decodedPerThread = 3;

/**
 * What the views of all pictures together take at most, in bytes: each is counted from its decode until the model has
 * answered. The most that one picture can be (four frames of three views of 12 MB) fits, and some 250 common ones.
 */
const mostHeldBytes = 150_000_000;

/** Looked at, and judged by its hash or to be judged by its scores. */
export type Seen<Match> = { look: Look; outcome: CacheOutcome } & (
  { match: Match; scores: null } | { match: null; scores: Scores }
);

/**
 * Facts, hash and scores of uploads, each new picture looked at once: remembered by its bytes and the model's
 * version. Verdicts are not remembered, so a new policy holds at once.
 */
@Injectable()
export class ScoresService {
  private readonly cache: LookCache;
  private readonly decoded: LimitFunction;
  private readonly held = new ByteBudget(mostHeldBytes);
  private inWork = 0;

  constructor(
    private readonly tier: FastTier,
    private readonly metrics: MetricsService,
    @Inject(CONFIG) private readonly config: Pick<GatewayConfig, 'images' | 'scores'>,
  ) {
    this.cache = new LookCache(config.scores.cacheBytes);
    this.decoded = pLimit(config.scores.threads * decodedPerThread);
    metrics.observe('sluice_gateway_looks_in_progress', 'New pictures in work', () => this.inWork);
    metrics.observe(
      'sluice_gateway_queue_limit',
      'New pictures that may be in work at once',
      () => config.scores.queueLimit,
    );
    metrics.observe(
      'sluice_gateway_inference_queue',
      'Views that wait for the model',
      () => tier.status().packs[0]?.queued ?? 0,
    );
    metrics.observe(
      'sluice_gateway_inference_threads',
      'Inference threads that live',
      () => tier.status().threads.live,
    );
    metrics.observe('sluice_gateway_view_bytes', 'Pixels held at most', () => this.held.usedBytes);
    metrics.fact('sluice_gateway_model_info', 'The fast model and what it runs on', {
      ...tier.model,
      provider: tier.status().provider,
    });
    metrics.observe('sluice_gateway_score_cache_bytes', 'Memory of the score cache', () => this.cache.bytes);
  }

  /** The model whose scores these are. */
  get model(): ModelRef {
    return this.tier.model;
  }

  /** No more new pictures can be taken now. */
  private get isFull(): boolean {
    return this.inWork >= this.config.scores.queueLimit;
  }

  /** @throws Problem `overloaded` when no new picture could be taken: better now than after its body was read */
  refuseWhenFull(): void {
    if (this.isFull) throw tooBusy();
  }

  /**
   * The guard: type, size and frames by the header alone.
   *
   * @throws Problem `unsupported_media_type`, `undecodable_image`, `too_many_pixels`
   */
  async facts(upload: Upload): Promise<ImageFacts> {
    const remembered = this.cache.peek(this.keyOf(upload));
    return remembered?.facts ?? (await this.inspect(upload));
  }

  /**
   * Decodes once, hashes, and asks the fast model, unless these bytes are remembered or their hash matches.
   *
   * @param match what settles a picture by its hash alone, so that no model needs to see it
   * @throws Problem as `facts` does, and `overloaded` when as many new pictures are in work as may be
   */
  async look<Match>(
    upload: Upload,
    match: (hash: PerceptualHash | null) => Match | undefined,
  ): Promise<Seen<Match>> {
    const key = this.keyOf(upload);
    const isSettled = (hash: PerceptualHash | null): boolean => match(hash) !== undefined;
    for (;;) {
      const { look, outcome } = await this.cache.get(key, () =>
        this.withinLimit(() => this.make(upload, isSettled)),
      );
      const matched = match(look.hash);
      if (matched === undefined && look.scores === null) {
        // What had settled it holds no more (a decision was revoked): look again, at the model's scores.
        this.cache.forget(key);
        continue;
      }
      this.metrics.lookedUp(outcome);
      return matched === undefined
        ? { look, outcome, match: null, scores: look.scores! }
        : { look, outcome, match: matched, scores: null };
    }
  }

  /**
   * The perceptual hash alone, which no model is asked for. Not remembered: a look holds scores as well.
   *
   * @returns null where perceptual hashing is off
   * @throws Problem as `look` does
   */
  async hash(upload: Upload, facts: ImageFacts): Promise<PerceptualHash | null> {
    const remembered = this.cache.peek(this.keyOf(upload));
    if (remembered || !this.config.scores.perceptualHashing) return remembered?.hash ?? null;
    return this.withinLimit(() =>
      this.holding(facts, async () => {
        const decoded = await this.timed('decode', () => this.tier.decode(upload.bytes, facts));
        return (await this.timed('hash', () => this.tier.hash(decoded.value))).value.hash;
      }),
    );
  }

  private async make(upload: Upload, isSettled: (hash: PerceptualHash | null) => boolean): Promise<Look> {
    const facts = await this.inspect(upload);
    const queued = performance.now();
    return this.holding(facts, () => {
      this.metrics.spent('queue', performance.now() - queued);
      return this.see(upload, facts, isSettled);
    });
  }

  /** Waits until pixels may be held, as many pictures and as many bytes. */
  private holding<Made>(facts: ImageFacts, work: () => Promise<Made>): Promise<Made> {
    return this.decoded(() => this.held.run(this.tier.viewBytes(facts), work));
  }

  private async see(
    upload: Upload,
    facts: ImageFacts,
    isSettled: (hash: PerceptualHash | null) => boolean,
  ): Promise<Look> {
    const decoded = await this.timed('decode', () => this.tier.decode(upload.bytes, facts));
    const hashed = await this.timed('hash', () => this.tier.hash(decoded.value));
    const { hash, views } = hashed.value;
    const decodeMs = decoded.ms;
    if (isSettled(hash)) return { facts, hash, scores: null, took: { decodeMs, inferenceMs: 0 } };
    this.metrics.inferred(views.length);
    const scored = await this.timed('inference', () => this.tier.classify(views));
    return { facts, hash, scores: scored.value, took: { decodeMs, inferenceMs: scored.ms } };
  }

  private async inspect(upload: Upload): Promise<ImageFacts> {
    const { value } = await this.timed('inspect', () => inspect(upload.bytes, this.config.images));
    if (!value.ok) throw new Problem(value.code, value.detail);
    return value.value;
  }

  private async withinLimit<Made>(make: () => Promise<Made>): Promise<Made> {
    if (this.isFull) throw tooBusy();
    this.inWork++;
    try {
      return await make();
    } finally {
      this.inWork--;
    }
  }

  private async timed<Value>(
    stage: Stage,
    work: () => Promise<Value>,
  ): Promise<{ value: Value; ms: number }> {
    const started = performance.now();
    const value = await tracedPart(stage, work);
    const ms = performance.now() - started;
    this.metrics.spent(stage, ms);
    return { value, ms };
  }

  private keyOf({ sha256 }: Upload): string {
    return `${sha256}:${this.model.name}:${this.model.version}`;
  }
}

const tooBusy = (): Problem =>
  new Problem('overloaded', 'Too many new pictures are in work; nothing was decided, try again.', {
    retryAfterSeconds: 1,
  });
