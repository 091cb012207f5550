import pLimit from 'p-limit';
import { BlobUnavailable } from '#libs/blobs';
import {
  type Category,
  type Classification,
  type Content,
  contentRescored,
  defaultPolicyDocument,
  type EventOn,
  ok,
  type Pixels,
  type Policy,
  type Result,
} from '#libs/domain';
import { BusUnavailable, type Delivery, type EventBus, InvalidEvent } from '#libs/events';
import type { InferenceFailure, ModelPack, Route } from '#libs/inference';
import { createLogger, Metrics } from '#libs/platform';
import type { PolicyBook } from '#libs/policies';
import { aContent } from '../../../../test/builders/content.builder.js';
import { aFastJudgement, aFlaggedEvent, aSubmittedEvent } from '../../../../test/builders/event.builder.js';
import type { ModelsService } from '../models/models.service.js';
import type { BadPicture, PicturesService, ViewNeeds } from '../pictures/pictures.service.js';
import { WorkerMetrics } from '../worker-metrics.js';
import { RescoringService } from './rescoring.service.js';

type Rescored = EventOn<'content.rescored'>;

const pack = (name: string, minShortSide: number, categories: Category[], route?: Route[]): ModelPack =>
  ({
    manifest: {
      name,
      version: '1',
      tier: name === 'fast' ? 'fast' : 'deep',
      resize: { minShortSide },
      route,
    },
    categories: categories.map((category) => ({ category })),
  }) as unknown as ModelPack;
const packs = {
  fast: pack('fast', 500, ['sexual/explicit']),
  explicit: pack('explicit', 900, ['sexual/explicit']),
  goods: pack('goods', 400, ['goods/firearm']),
  /** a specialist: looks at what is explicit */
  minors: pack('minors', 700, ['safety/minor'], [{ category: 'sexual/explicit', atLeast: 0.2 }]),
};

/** Everything around the service, each part as a test sets it. */
class Surroundings {
  scores: Record<string, Classification['scores']> = {
    fast: { 'sexual/explicit': 0.01 },
    explicit: { 'sexual/explicit': 0.01 },
    goods: { 'goods/firearm': 0.01 },
    minors: { 'safety/minor': 0.01 },
  };
  deep = [packs.explicit, packs.goods];
  inferenceFails: InferenceFailure | null = null;
  open: (content: Content) => Promise<Result<Pixels[], BadPicture>> = () =>
    Promise.resolve(ok([{ data: new Uint8Array(3), width: 1, height: 1 }]));
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
      fast: packs.fast,
      deep: this.deep,
      classify: (asked: ModelPack[], views: Pixels[]) => {
        // a thread takes the memory over
        expect(views.every(({ data }) => data.length > 0)).toBe(true);
        for (const view of views) view.data = new Uint8Array(0);
        if (this.inferenceFails) return Promise.resolve({ ok: false as const, ...this.inferenceFails });
        this.ran.push(...asked.map(({ manifest }) => manifest.name));
        const answers = asked.map(({ manifest: { name, version, tier } }) => ({
          model: { name, version, tier },
          scores: this.scores[name]!,
        }));
        return Promise.resolve(ok(answers));
      },
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
    return new RescoringService(models, pictures, book, bus, metrics, createLogger('test', 'silent'));
  }
}

const delivered = <E>(event: E, isLastAttempt = false) => ({
  event,
  attempt: 1,
  isLastAttempt,
  acceptedAt: new Date(),
});
const flagged = (
  data: Parameters<typeof aFlaggedEvent>[0] = {},
  isLastAttempt = false,
): Delivery<'content.flagged'> => delivered(aFlaggedEvent(data), isLastAttempt);

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

  it.each(['overloaded', 'deadline_exceeded', 'inference_failed', 'closed'] as const)(
    'retries when inference answers %s',
    async (code) => {
      around.inferenceFails = { code, detail: 'the thread died' };
      const outcomes = await around.service().rescore([flagged()]);
      expect(outcomes).toEqual([{ kind: 'retry', reason: `${code}: the thread died` }]);
      expect(around.published).toEqual([]);
    },
  );

  it('tells a person before the last try makes it a dead letter', async () => {
    around.inferenceFails = { code: 'inference_failed', detail: 'the thread died' };
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

  it('sets aside the one picture whose outcome cannot be published, tells a person, and publishes the others', async () => {
    const [good, bad, alsoGood] = [flagged(), flagged(), flagged()];
    const open = around.open;
    around.open = (content) => {
      // no policy judges it, so only the event's schema minds; the pictures are in work one after the other
      const unjudged = content.id === bad.event.subject ? 'no category' : 'other/unjudged';
      around.scores['explicit'] = { 'sexual/explicit': 0.01, [unjudged]: 0.5 };
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
      around.deep = [packs.explicit, packs.goods, packs.minors];
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
