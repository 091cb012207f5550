import pLimit from 'p-limit';
import { BlobUnavailable } from '#libs/blobs';
import {
  type Category,
  type Content,
  contentRescored,
  defaultPolicyDocument,
  type Detector,
  type DetectorFailure,
  type EventOn,
  fromHalfFloats,
  ok,
  type PackTrial,
  type Pixels,
  type Policy,
  type Result,
  type Scores,
} from '#libs/domain';
import { BusUnavailable, type Delivery, type EventBus, InvalidEvent } from '#libs/events';
import type { ModelPack } from '#libs/inference';
import { createLogger, Metrics } from '#libs/platform';
import type { PolicyBook } from '#libs/policies';
import { aContent } from '../../../../test/builders/content.builder.js';
import { aDetection, aDetector, aView } from '../../../../test/builders/detector.builder.js';
import { aFastJudgement, aFlaggedEvent, aSubmittedEvent } from '../../../../test/builders/event.builder.js';
import { DetectorsService } from '../detectors/detectors.service.js';
import type { ModelsService } from '../models/models.service.js';
import type { BadPicture, PicturesService, ViewNeeds } from '../pictures/pictures.service.js';
import { WorkerMetrics } from '../worker-metrics.js';
import { RescoringService } from './rescoring.service.js';

type Rescored = EventOn<'content.rescored'>;

const packOf = (name: string, minShortSide: number): ModelPack =>
  ({ manifest: { name, version: '1', resize: { minShortSide } } }) as unknown as ModelPack;
const fastPack = packOf('fast', 500);

/** Everything around the service, each part as a test sets it. */
class Surroundings {
  scores: Record<string, Scores> = {
    fast: { 'sexual/explicit': 0.01 },
    explicit: { 'sexual/explicit': 0.01 },
    goods: { 'goods/firearm': 0.01 },
    minors: { 'safety/minor': 0.01 },
    'qr-code': { 'spam/qr-code': 0.01 },
    candidate: { 'sexual/explicit': 0.99 },
  };
  readonly known = {
    explicit: this.detector('explicit', ['sexual/explicit'], { minShortSide: 900 }),
    goods: this.detector('goods', ['goods/firearm'], { minShortSide: 400 }),
    qr: this.detector('qr-code', ['spam/qr-code'], { minShortSide: 1000 }),
    /** on trial, where a test says so */
    candidate: this.detector('candidate', ['sexual/explicit'], {}),
    /** a specialist: looks at what is explicit */
    minors: this.detector('minors', ['safety/minor'], {
      minShortSide: 700,
      route: [{ category: 'sexual/explicit', atLeast: 0.2 }],
    }),
  };
  detectors = [this.known.explicit, this.known.goods];
  /** by detector, of the next looks */
  readonly failures: Record<string, DetectorFailure[]> = {};
  version = '1';
  /** by detector */
  readonly embeddings: Record<string, Float32Array> = {};
  open: (content: Content) => Promise<Result<Pixels[], BadPicture>> = () => Promise.resolve(ok([aView()]));
  trials: PackTrial[] = [];
  busIsAway = false;
  /** publishes that fail before one succeeds */
  outage = 0;
  publishes = 0;
  auditSampleRate = 0;
  policyDocument = structuredClone(defaultPolicyDocument);
  metrics = new Metrics();
  readonly published: Rescored[] = [];
  picturesAtOnce = Infinity;
  readonly openedFor: ViewNeeds[] = [];
  readonly ran: string[] = [];

  service(): RescoringService {
    const models = {
      fast: fastPack,
      look: ({ manifest: { name } }: ModelPack, views: Pixels[]) => Promise.resolve(this.seen(name, views)),
    } as unknown as ModelsService;
    const turns = pLimit(this.picturesAtOnce);
    const pictures = {
      show: async <Seen>(content: Content, needs: ViewNeeds, look: (views: Pixels[]) => Promise<Seen>) => {
        this.openedFor.push(needs);
        return turns(async () => {
          const opened = await this.open(content);
          return opened.ok ? ok(await look(opened.value)) : opened;
        });
      },
      hash: (pixels: Pixels) => Promise.resolve({ hash: { pdq: 'f'.repeat(64), quality: 100 }, pixels }),
    } as unknown as PicturesService;
    const bus = {
      publish: (_topic: string, events: Rescored[]) => {
        this.publishes += 1;
        if (this.busIsAway || this.outage-- > 0)
          return Promise.reject(new BusUnavailable(new Error('refused')));
        if (!events.every((event) => contentRescored.safeParse(event).success))
          return Promise.reject(new InvalidEvent('content.rescored', 'it breaks its schema'));
        this.published.push(...events);
        return Promise.resolve();
      },
    } as unknown as EventBus;
    const policy: Policy = {
      name: 'default',
      version: 1,
      document: { ...this.policyDocument, auditSampleRate: this.auditSampleRate },
    };
    const book = { current: () => policy } as PolicyBook;
    this.metrics = new Metrics();
    const metrics = new WorkerMetrics(this.metrics);
    const detectors = new DetectorsService(this.detectors, ['sexual/explicit'], (...look) =>
      metrics.looked(...look),
    );
    detectors.follow(this.trials);
    return new RescoringService(
      models,
      detectors,
      pictures,
      book,
      bus,
      metrics,
      createLogger('test', 'silent'),
    );
  }

  private detector(name: string, categories: Category[], facts: Partial<Detector>): Detector {
    return aDetector(name, categories, {
      ...facts,
      detect: (views) => Promise.resolve(this.seen(name, views)),
    });
  }

  private seen(name: string, views: Pixels[]) {
    // whoever looks takes the memory over
    expect(views.every(({ data }) => data.length > 0)).toBe(true);
    for (const view of views) view.data = new Uint8Array(0);
    this.ran.push(name);
    const failure = this.failures[name]?.shift();
    if (failure) return { ok: false as const, ...failure };
    const embedding = this.embeddings[name];
    return ok(aDetection(this.scores[name]!, { version: this.version, ...(embedding ? { embedding } : {}) }));
  }
}

const delivered = <E>(event: E, isLastAttempt = false, attempt = 1) => ({
  event,
  attempt,
  isLastAttempt,
  acceptedAt: new Date(),
});
const flagged = (
  data: Parameters<typeof aFlaggedEvent>[0] = {},
  isLastAttempt = false,
  attempt = 1,
): Delivery<'content.flagged'> => delivered(aFlaggedEvent(data), isLastAttempt, attempt);

describe('RescoringService', () => {
  let around: Surroundings;
  beforeEach(() => {
    around = new Surroundings();
  });

  it('gives each event its own outcome: a bad picture, a fault of ours and good ones in one batch', async () => {
    const [good, bad, unlucky, alsoGood] = [flagged(), flagged(), flagged(), flagged()];
    around.open = (content) => {
      if (content.id === bad.event.subject)
        return Promise.resolve({ ok: false, code: 'undecodable_image', detail: 'cut off' });
      if (content.id === unlucky.event.subject)
        return Promise.reject(new BlobUnavailable('read the image', new Error('EIO')));
      return Promise.resolve(ok([{ data: new Uint8Array(3), width: 1, height: 1 }]));
    };
    const outcomes = await around.service().rescore([good, bad, unlucky, alsoGood]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'dead', 'retry', 'done']);
    expect(outcomes[1]).toEqual({ kind: 'dead', reason: 'undecodable_image: cut off' });
    expect(around.published.map(({ id }) => id)).toEqual([
      `${good.event.id}:rescored`,
      `${bad.event.id}:unsettled`,
      `${alsoGood.event.id}:rescored`,
    ]);
  });

  it.each(['overloaded', 'closed'] as const)('retries when a detector answers %s', async (code) => {
    around.failures['explicit'] = [{ code, detail: 'try again' }];
    const outcomes = await around.service().rescore([flagged({}, false, 3)]);
    expect(outcomes).toEqual([{ kind: 'retry', reason: `${code}: explicit: try again` }]);
    expect(around.published).toEqual([]);
  });

  it.each(['overloaded', 'deadline_exceeded', 'inference_failed', 'closed'])(
    'retries when the fast pack answers %s about what was submitted',
    async (code) => {
      around.failures['fast'] = [{ code: code as DetectorFailure['code'], detail: 'the thread died' }];
      const outcomes = await around.service().classify([delivered(aSubmittedEvent())]);
      expect(outcomes).toEqual([{ kind: 'retry', reason: `${code}: fast: the thread died` }]);
      expect(around.published).toEqual([]);
    },
  );

  it('tells a person before the last try makes it a dead letter', async () => {
    around.failures['explicit'] = [{ code: 'overloaded', detail: 'too many wait' }];
    const allowed = aFastJudgement({ verdict: 'allow', categories: {}, reasons: [] });
    const last = flagged({ fast: allowed, audit: { propensity: 0.5 } }, true);
    const outcomes = await around.service().rescore([last]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['retry']);
    expect(around.published).toHaveLength(1);
    expect(around.published[0]!.data).toMatchObject({
      judgements: [{ key: 'fast' }, { key: `unsettled:${last.event.id}`, verdict: 'review' }],
      audit: { propensity: 0.5 },
    });
  });

  describe('when a detector does not answer', () => {
    const asks = ['sexual/explicit', 'goods/firearm'];
    const fast = aFastJudgement({ verdict: 'allow', categories: {}, reasons: [] });
    const failed = { code: 'failed', detail: 'the thread died' } as const;
    beforeEach(() => {
      around.auditSampleRate = 1;
    });

    it('shows it the whole picture once more', async () => {
      around.failures['explicit'] = [failed];
      const service = around.service();
      const first = flagged({ fast, asks });
      expect(await service.rescore([first])).toEqual([
        { kind: 'retry', reason: 'failed: explicit: the thread died' },
      ]);
      expect(around.published).toEqual([]);
      expect(await service.rescore([{ ...first, attempt: 2 }])).toEqual([{ kind: 'done' }]);
      expect(around.published[0]!.data.judgements.at(-1)).toMatchObject({
        key: `deep:${first.event.id}`,
        verdict: 'allow',
      });
    });

    it('then judges by the others, names it, and leaves the picture to a person', async () => {
      around.failures['explicit'] = [failed];
      around.scores['goods'] = { 'goods/firearm': 0.2 };
      const second = flagged({ fast, asks }, false, 2);
      expect(await around.service().rescore([second])).toEqual([{ kind: 'done' }]);
      const { id, data } = around.published[0]!;
      expect(id).toBe(`${second.event.id}:unsettled`);
      expect(data.judgements.at(-1)).toMatchObject({
        key: `unsettled:${second.event.id}`,
        verdict: 'review',
        categories: { 'goods/firearm': { score: 0.2, verdict: 'allow' } },
        models: [{ name: 'goods' }],
        unheard: [{ detector: 'explicit', why: 'failed', detail: 'the thread died' }],
      });
      expect(data.audit).toBeNull();
      const exposition = await around.metrics.registry.metrics();
      expect(exposition).toContain('sluice_worker_unheard_total{detector="explicit",why="failed"} 1');
      expect(exposition).toContain(
        'sluice_worker_detector_looks_total{detector="explicit",outcome="failed"} 1',
      );
      expect(exposition).toContain('sluice_worker_detector_looks_total{detector="goods",outcome="heard"} 1');
    });

    it('does so at once where no other try is left', async () => {
      around.failures['explicit'] = [failed];
      expect(await around.service().rescore([flagged({ fast, asks }, true)])).toEqual([{ kind: 'done' }]);
      expect(around.published[0]!.data.judgements.at(-1)).toMatchObject({ unheard: [{ why: 'failed' }] });
    });

    it('blocks by what the others saw, and is never milder than that', async () => {
      around.failures['goods'] = [failed];
      around.scores['explicit'] = { 'sexual/explicit': 0.99 };
      await around.service().rescore([flagged({ fast, asks }, false, 2)]);
      expect(around.published[0]!.data.judgements.at(-1)).toMatchObject({
        verdict: 'block',
        unheard: [{ detector: 'goods' }],
      });
    });

    it('skips it, with no other try, when its time is over', async () => {
      around.failures['explicit'] = [{ code: 'deadline_exceeded', detail: 'no answer within 50 ms' }];
      await around.service().rescore([flagged({ fast, asks })]);
      expect(around.published[0]!.data.judgements.at(-1)).toMatchObject({
        verdict: 'review',
        unheard: [{ detector: 'explicit', why: 'skipped' }],
      });
    });

    it('leaves to a person what the policy calls a detector for that is not here', async () => {
      const calling = flagged({ fast, asks: [], called: ['qr-code'] });
      await around.service().rescore([calling]);
      expect(around.openedFor).toEqual([]);
      expect(around.published[0]!.data.judgements.at(-1)).toMatchObject({
        key: `unsettled:${calling.event.id}`,
        verdict: 'review',
        models: [],
        unheard: [{ detector: 'qr-code', why: 'missing' }],
      });
    });
  });

  describe('when the policy calls a detector by name', () => {
    beforeEach(() => {
      around.detectors = [around.known.explicit, around.known.qr];
    });

    it('shows it the picture, asked or not', async () => {
      around.scores['qr-code'] = { 'spam/qr-code': 0.9 };
      const fast = aFastJudgement({ verdict: 'allow', categories: {}, reasons: [] });
      await around.service().rescore([flagged({ fast, asks: [], called: ['qr-code'] })]);
      expect(around.ran).toEqual(['qr-code']);
      expect(around.published[0]!.data.judgements.at(-1)).toMatchObject({
        tier: 'deep',
        verdict: 'review',
        reasons: [{ category: 'spam/qr-code', score: 0.9 }],
      });
    });

    it('does so by its own fast scores for what was submitted for later, and not after a block', async () => {
      const inDoubt = { when: 'score' as const, category: 'sexual/explicit', from: 0.1, to: 1 };
      around.policyDocument.detectors['qr-code'] = [inDoubt];
      const service = around.service();
      const classify = () => service.classify([delivered(aSubmittedEvent())]);
      await classify();
      around.scores['fast'] = { 'sexual/explicit': 0.15 };
      await classify();
      around.scores['fast'] = { 'sexual/explicit': 0.99 };
      await classify();
      expect(around.ran).toEqual(['fast', 'fast', 'qr-code', 'fast']);
    });
  });

  it('decodes what was submitted no larger than whoever may look under its rules wants it', async () => {
    around.detectors = [around.known.explicit, around.known.goods, around.known.qr];
    const service = around.service();
    await service.classify([delivered(aSubmittedEvent())]);
    await service.classify([delivered(aSubmittedEvent(aContent({ surface: 'listing' })))]);
    expect(around.openedFor).toEqual([
      { minShortSide: 900, copies: 2 },
      { minShortSide: 1000, copies: 4 },
    ]);
  });

  describe('with a pack that tells what pictures are like', () => {
    const unit = Float32Array.of(0.6, -0.8);
    const embeddingIn = ({ data: { embedding } }: Rescored) =>
      embedding && [...fromHalfFloats(Buffer.from(embedding.values, 'base64'))];
    beforeEach(() => {
      around.detectors = [around.known.explicit, { ...around.known.goods, embeddingLength: 2 }];
      around.embeddings['goods'] = unit.map((value) => 5 * value);
      around.scores['explicit'] = { 'sexual/explicit': 0.5 };
    });

    it('says it of what a person will see, and has it look for that alone', async () => {
      await around.service().rescore([flagged()]);
      expect(around.ran).toEqual(['explicit', 'goods']);
      expect(around.openedFor).toEqual([
        { minShortSide: 900, copies: 1 },
        { minShortSide: 400, copies: 1 },
      ]);
      const [told] = around.published;
      expect(told!.data.embedding).toMatchObject({ model: 'goods', version: '1' });
      embeddingIn(told!)!.forEach((value, at) => expect(value).toBeCloseTo(unit[at]!, 3));
    });

    it('does not have it look again', async () => {
      await around.service().rescore([flagged({ asks: ['sexual/explicit', 'goods/firearm'] })]);
      expect(around.ran).toEqual(['explicit', 'goods']);
      expect(embeddingIn(around.published[0]!)).toHaveLength(2);
    });

    it('says it of audit samples, which no detector looks at, and of nothing that no person will see', async () => {
      const fast = aFastJudgement({ verdict: 'allow', categories: {}, reasons: [] });
      around.scores['explicit'] = { 'sexual/explicit': 0.01 };
      await around.service().rescore([flagged({ fast, asks: [], audit: { propensity: 0.5 } }), flagged()]);
      expect(around.published.map((event) => embeddingIn(event)?.length)).toEqual([2, undefined]);
    });

    it.each<[string, () => void]>([
      ['fails', () => (around.failures['goods'] = [{ code: 'failed', detail: 'no' }])],
      ['gives none', () => delete around.embeddings['goods']],
      ['gives nothing but zeros', () => (around.embeddings['goods'] = new Float32Array(2))],
      ['gives NaN', () => (around.embeddings['goods'] = Float32Array.of(1, NaN))],
      [
        'gives one that is too long to be stored',
        () => (around.embeddings['goods'] = new Float32Array(9_000).fill(1)),
      ],
    ])('goes without when it %s', async (_how, arrange) => {
      arrange();
      expect(await around.service().rescore([flagged()])).toEqual([{ kind: 'done' }]);
      expect(around.published[0]!.data.judgements.at(-1)).toMatchObject({ tier: 'deep', verdict: 'review' });
      expect(around.published[0]!.data.embedding).toBeUndefined();
    });
  });

  it('settles nothing while the bus does not take what it found', async () => {
    around.busIsAway = true;
    around.open = (content) =>
      Promise.resolve(
        content.blobKey === 'bad'
          ? { ok: false, code: 'blob_missing', detail: 'gone' }
          : ok([{ data: new Uint8Array(3), width: 1, height: 1 }]),
      );
    const batch = [flagged(), flagged({ content: aContent({ blobKey: 'bad' }) })];
    const outcomes = await around.service().rescore(batch);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['retry', 'retry']);
  });

  it('waits for the bus where the last try would end in the dead letters with nobody told', async () => {
    around.outage = 2;
    const batch = [flagged(), flagged({}, true)];
    const outcomes = await around.service().rescore(batch);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done']);
    expect(around.publishes).toBe(3);
    expect(around.published.map(({ id }) => id)).toEqual(batch.map(({ event }) => `${event.id}:rescored`));
  });

  it('waits no longer once the worker has handed its events back', async () => {
    around.busIsAway = true;
    const service = around.service();
    const rescoring = service.rescore([flagged({}, true)]);
    service.onApplicationShutdown();
    await expect(rescoring).rejects.toMatchObject({ name: 'AbortError' });
  });

  describe('with a pack on trial', () => {
    beforeEach(() => {
      around.detectors = [around.known.explicit, around.known.candidate];
      around.trials = [{ pack: 'candidate', version: '1', against: 'explicit', share: 1, state: 'running' }];
    });

    it('records what it says beside the verdict, and judges by nothing of it', async () => {
      await around.service().rescore([flagged()]);
      const { judgements, shadow } = around.published[0]!.data;
      expect(judgements.at(-1)).toMatchObject({ verdict: 'allow', models: [{ name: 'explicit' }] });
      expect(shadow).toEqual([
        { model: { name: 'candidate', version: '1', tier: 'deep' }, scores: { 'sexual/explicit': 0.99 } },
      ]);
    });

    it('loses nothing else when it fails, or the picture is gone by then', async () => {
      around.failures['candidate'] = [{ code: 'failed', detail: 'no' }];
      const service = around.service();
      expect(await service.rescore([flagged()])).toEqual([{ kind: 'done' }]);
      const gone = { ok: false, code: 'blob_missing', detail: 'gone' } as const;
      const answers: Result<Pixels[], BadPicture>[] = [ok([aView()]), gone];
      around.open = () => Promise.resolve(answers.shift()!);
      expect(await service.rescore([flagged()])).toEqual([{ kind: 'done' }]);
      expect(answers).toEqual([]);
      for (const { data } of around.published) {
        expect(data.judgements.at(-1)).toMatchObject({ verdict: 'allow', tier: 'deep' });
        expect(data.shadow).toBeUndefined();
      }
    });
  });

  it('sets aside the one picture whose outcome cannot be published, tells a person, and publishes the others', async () => {
    const [good, bad, alsoGood] = [flagged(), flagged(), flagged()];
    const open = around.open;
    around.open = (content) => {
      // only the event's schema minds; the pictures are in work one after the other
      around.version = content.id === bad.event.subject ? (7 as unknown as string) : '1';
      return open(content);
    };
    around.picturesAtOnce = 1;
    const outcomes = await around.service().rescore([good, bad, alsoGood]);
    const reason = new InvalidEvent('content.rescored', 'it breaks its schema').message;
    expect(outcomes).toEqual([{ kind: 'done' }, { kind: 'dead', reason }, { kind: 'done' }]);
    expect(around.published.map(({ id }) => id).sort()).toEqual(
      [`${good.event.id}:rescored`, `${bad.event.id}:unsettled`, `${alsoGood.event.id}:rescored`].sort(),
    );
    const told = around.published.find(({ subject }) => subject === bad.event.subject)!;
    expect(told.data.judgements.at(-1)).toMatchObject({ verdict: 'review', tier: 'deep' });
  });

  it('leaves to a person what is asked and no model here knows, with what the others saw', async () => {
    around.policyDocument.categories['goods/fake'] = { deep: { review: 0.5, block: null } };
    const fast = aFastJudgement({ verdict: 'allow', categories: {}, reasons: [] });
    const none = flagged({ fast, asks: ['goods/fake'] });
    const some = flagged({ fast, asks: ['goods/fake', 'goods/firearm'] });
    around.auditSampleRate = 1;
    const outcomes = await around.service().rescore([none, some]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done']);
    expect(around.ran).toEqual(['goods']);
    expect(around.published.map(({ data }) => data)).toMatchObject([
      {
        judgements: [fast, { key: `unsettled:${none.event.id}`, verdict: 'review', models: [] }],
        audit: null,
      },
      {
        judgements: [
          fast,
          { key: `unsettled:${some.event.id}`, verdict: 'review', models: [{ name: 'goods' }] },
        ],
        audit: null,
      },
    ]);
    const exposition = await around.metrics.registry.metrics();
    expect(exposition).toContain('sluice_worker_unanswered_total{category="goods/fake"} 2');
  });

  it('leaves to a person what was submitted to a surface that always asks what no model here knows', async () => {
    around.policyDocument.categories['goods/fake'] = { deep: { review: 0.5, block: null } };
    around.policyDocument.surfaces['shop'] = { deep: { 'goods/fake': 'always' } };
    const submitted = aSubmittedEvent(aContent({ surface: 'shop' }));
    await around.service().classify([delivered(submitted)]);
    expect(around.published[0]!.data.judgements).toMatchObject([
      { key: 'fast', verdict: 'allow' },
      { key: `unsettled:${submitted.id}`, verdict: 'review' },
    ]);
  });

  it('publishes the same ids and keys when an event comes again', async () => {
    const service = around.service();
    const again = flagged();
    await service.rescore([again]);
    await service.rescore([again]);
    const [first, second] = around.published;
    expect(second!.id).toBe(first!.id);
    const keys = (event: Rescored) => event.data.judgements.map(({ key }) => key);
    expect(keys(second!)).toEqual(keys(first!));
  });

  it('decodes as large as the most demanding of the packs that are asked, and no larger', async () => {
    await around.service().rescore([flagged({ asks: ['goods/firearm'] })]);
    await around.service().rescore([flagged({ asks: ['goods/firearm', 'sexual/explicit'] })]);
    expect(around.openedFor.map(({ minShortSide }) => minShortSide)).toEqual([400, 900]);
  });

  it('opens no picture that no model is asked about', async () => {
    const outcomes = await around.service().rescore([flagged({ asks: [] }), flagged({ asks: ['spam/qr'] })]);
    expect(outcomes.map(({ kind }) => kind)).toEqual(['done', 'done']);
    expect(around.openedFor).toEqual([]);
    expect(around.published.map(({ data }) => data.judgements.map(({ key }) => key))).toEqual([
      ['fast'],
      ['fast'],
    ]);
  });

  it('asks no deep model about what the fast one allows or blocks, when both tiers are its own', async () => {
    const service = around.service();
    await service.classify([delivered(aSubmittedEvent())]);
    around.scores['fast'] = { 'sexual/explicit': 0.99 };
    await service.classify([delivered(aSubmittedEvent())]);
    expect(around.ran).toEqual(['fast', 'fast']);
    expect(around.published.map(({ data }) => data.judgements.map(({ verdict }) => verdict))).toEqual([
      ['allow'],
      ['block'],
    ]);
  });

  it('asks the deep model about what the fast one doubts, and keeps the hash', async () => {
    around.scores['fast'] = { 'sexual/explicit': 0.5 };
    await around.service().classify([delivered(aSubmittedEvent())]);
    expect(around.ran).toEqual(['fast', 'explicit']);
    const { content, judgements, audit } = around.published[0]!.data;
    expect(content).toMatchObject({ pdq: 'f'.repeat(64), pdqQuality: 100 });
    expect(judgements.map(({ tier, verdict }) => [tier, verdict])).toEqual([
      ['fast', 'review'],
      ['deep', 'allow'],
    ]);
    expect(audit).toBeNull();
  });

  it('picks audit samples among what it allows', async () => {
    around.auditSampleRate = 1;
    await around.service().classify([delivered(aSubmittedEvent())]);
    expect(around.published[0]!.data.audit).toEqual({ propensity: 1 });
  });

  it('picks them also among what the deep tier allows, whichever way it came', async () => {
    around.auditSampleRate = 1;
    const allowed = aFastJudgement({ verdict: 'allow', categories: {}, reasons: [] });
    await around.service().rescore([flagged({ fast: allowed, asks: ['goods/firearm'] }), flagged()]);
    around.policyDocument.surfaces['shop'] = { deep: { 'goods/firearm': 'always' } };
    await around.service().classify([delivered(aSubmittedEvent(aContent({ surface: 'shop' })))]);
    expect(around.published.map(({ data }) => [data.judgements.at(-1)!.verdict, data.audit])).toEqual(
      Array.from({ length: 3 }, () => ['allow', { propensity: 1 }]),
    );
  });

  it('picks none among what a person sees anyway, or what is blocked', async () => {
    around.auditSampleRate = 1;
    around.scores['explicit'] = { 'sexual/explicit': 0.5 };
    await around.service().rescore([flagged()]);
    around.scores['explicit'] = { 'sexual/explicit': 0.99 };
    await around.service().rescore([flagged()]);
    expect(around.published.map(({ data }) => [data.judgements.at(-1)!.verdict, data.audit])).toEqual([
      ['review', null],
      ['block', null],
    ]);
  });

  it('does not draw again for a sample that the gateway drew, and keeps its probability', async () => {
    around.auditSampleRate = 1;
    const fast = aFastJudgement({ verdict: 'allow', categories: {}, reasons: [] });
    await around.service().rescore([flagged({ fast, asks: [], audit: { propensity: 0.25 } })]);
    expect(around.published[0]!.data.audit).toEqual({ propensity: 0.25 });
  });

  describe('with a specialist', () => {
    const fast = aFastJudgement({ categories: { 'sexual/explicit': { score: 0.1, verdict: 'allow' } } });
    beforeEach(() => {
      around.detectors = [around.known.explicit, around.known.goods, around.known.minors];
      around.policyDocument.categories['safety/minor'] = { deep: { review: 0.2, block: null } };
    });
    const lastJudgement = () => around.published.at(-1)!.data.judgements.at(-1)!;

    it('shows it what the general model finds suspicious, after that one, and judges by both', async () => {
      around.scores['explicit'] = { 'sexual/explicit': 0.25 };
      around.scores['minors'] = { 'safety/minor': 0.4 };
      await around.service().rescore([flagged({ fast })]);
      expect(around.ran).toEqual(['explicit', 'minors']);
      expect(lastJudgement()).toMatchObject({
        verdict: 'review',
        reasons: [{ category: 'safety/minor', score: 0.4 }],
        models: [{ name: 'explicit' }, { name: 'minors' }],
      });
    });

    it('shows it what the fast tier scored so, with no general asked about it', async () => {
      await around.service().rescore([flagged({ asks: ['goods/firearm'] })]);
      expect(around.ran).toEqual(['goods', 'minors']);
    });

    it('reads also those scores of the fast tier that no policy judges', async () => {
      const model = { name: 'nsfw-mobilenet-v2', version: '1', tier: 'fast' as const };
      const classifications = [{ model, scores: { 'sexual/explicit': 0.3 } }];
      const unjudged = aFastJudgement({ categories: {}, reasons: [], classifications });
      await around.service().rescore([flagged({ fast: unjudged, asks: ['goods/firearm'] })]);
      expect(around.ran).toEqual(['goods', 'minors']);
    });

    it('spares it the rest, whose category then counts as answered', async () => {
      const allowed = aFastJudgement({ ...fast, verdict: 'allow', reasons: [] });
      await around
        .service()
        .rescore([
          flagged({ fast: allowed, asks: ['safety/minor', 'sexual/explicit'] }),
          flagged({ fast: allowed, asks: ['safety/minor'] }),
        ]);
      expect(around.ran).toEqual(['explicit']);
      expect(
        around.published.map(({ id, data }) => [id.split(':')[1], data.judgements.at(-1)!.verdict]),
      ).toEqual([
        ['rescored', 'allow'],
        ['rescored', 'allow'],
      ]);
    });

    it('leaves the fast tier’s own doubt to a person where the route does not reach', async () => {
      const doubt = aFastJudgement({
        categories: {
          'sexual/explicit': { score: 0.1, verdict: 'allow' },
          'safety/minor': { score: 0.5, verdict: 'review' },
        },
      });
      await around.service().rescore([flagged({ fast: doubt, asks: ['safety/minor'] })]);
      expect(around.ran).toEqual([]);
      expect(lastJudgement()).toMatchObject({ verdict: 'review', tier: 'fast' });
    });

    it('decodes for all that may look, and sets memory aside for each one’s copy', async () => {
      await around
        .service()
        .rescore([
          flagged({ fast, asks: ['goods/firearm'] }),
          flagged({ asks: ['goods/firearm'] }),
          flagged({ fast, asks: ['goods/firearm', 'sexual/explicit'] }),
        ]);
      expect(around.openedFor).toEqual([
        { minShortSide: 400, copies: 1 },
        { minShortSide: 700, copies: 2 },
        { minShortSide: 900, copies: 3 },
      ]);
    });

    it('calls it in the same way for what was submitted for later', async () => {
      around.scores['fast'] = { 'sexual/explicit': 0.6 };
      around.scores['explicit'] = { 'sexual/explicit': 0.1 };
      await around.service().classify([delivered(aSubmittedEvent())]);
      expect(around.ran).toEqual(['fast', 'explicit', 'minors']);
    });
  });

  it('hashes no picture again that the gateway has hashed', async () => {
    const content = aContent({ pdq: 'a'.repeat(64), pdqQuality: 60 });
    await around.service().classify([delivered(aSubmittedEvent(content))]);
    expect(around.published[0]!.data.content).toMatchObject({ pdq: 'a'.repeat(64), pdqQuality: 60 });
  });
});
