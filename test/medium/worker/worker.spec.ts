import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { blobKeyFor, DiskBlobStore } from '#libs/blobs';
import { type Content, contentRescored, type EventOn, fromHalfFloats } from '#libs/domain';
import { type EventBus, PostgresBus } from '#libs/events';
import { createLogger, projectRoot } from '#libs/platform';
import { createWorker } from '../../../apps/worker/src/create-worker.js';
import { readWorkerConfig } from '../../../apps/worker/src/worker-config.js';
import { qrConditions, renderCodes } from '../../../scripts/renders/qr-renders.js';
import { textRender } from '../../../scripts/renders/text-renders.js';
import { aContent } from '../../builders/content.builder.js';
import { aFastJudgement, aFlaggedEvent, aSubmittedEvent } from '../../builders/event.builder.js';
import { eventually } from '../eventually.js';
import { Recorder } from '../../contracts/recorder.js';
import { halfJpeg } from '../../fixtures/bad-images.js';
import { animated, jpeg, scene } from '../../fixtures/pictures.js';
import { createTestDatabase, type TestDatabase } from '../database.js';

/** Bounds only a failing test: real models on a busy machine take their time. */
jest.setTimeout(60_000);

const logger = createLogger('worker-test', 'silent');

/** A photograph of a slot machine where the sample data lies beside the repository. */
const slotMachine = join(projectRoot, '..', 'shared', 'data', 'goods', 'n04243546_slot.JPEG');

describe('The worker, on real models', () => {
  let database: TestDatabase;
  let folder: string;
  let blobs: DiskBlobStore;
  let bus: PostgresBus;
  let worker: NestFastifyApplication;
  let review: Recorder<'content.rescored'>;

  beforeAll(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'sluice-worker-'));
    blobs = await DiskBlobStore.open(folder);
    bus = await PostgresBus.open({ connectionString: database.url, logger });
    const config = readWorkerConfig({
      DATABASE_URL: database.url,
      BLOB_DIR: folder,
      MODELS_DIR: join(projectRoot, 'models'),
      INFERENCE_THREADS: '2',
      WORKER_PORT: '0',
    });
    worker = await createWorker(config, logger);
    await worker.init();
    await worker.startAllMicroservices();
    await worker.listen({ port: 0, host: '127.0.0.1' });
    review = new Recorder<'content.rescored'>();
    await bus.subscribe('content.rescored', 'review', review.handler);
  });
  afterAll(async () => {
    await worker.close();
    await bus.close();
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const stored = async (bytes: Buffer, facts: Partial<Content> = {}): Promise<Content> => {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    const blobKey = blobKeyFor(sha256);
    await blobs.put(blobKey, bytes);
    return aContent({ sha256, blobKey, bytes: bytes.length, ...facts });
  };
  const picture = async (seed: number, facts: Partial<Content> = {}): Promise<Content> =>
    stored(await jpeg(scene(seed)), facts);
  const outcomeOf = (content: Content): Promise<EventOn<'content.rescored'>> =>
    eventually(() => {
      const [found] = review.deliveries.filter(({ event }) => event.subject === content.id);
      expect(found).toBeDefined();
      return contentRescored.parse(found!.event);
    });
  const modelsOf = ({ data }: EventOn<'content.rescored'>): string[] =>
    data.judgements.at(-1)!.models.map(({ name }) => name);

  it('asks only the models that know what is asked', async () => {
    const [explicit, goods, both] = [await picture(1), await picture(2), await picture(3)];
    await bus.publish('content.flagged', [
      aFlaggedEvent({ content: explicit, asks: ['sexual/explicit'] }),
      aFlaggedEvent({ content: goods, asks: ['goods/firearm', 'goods/gambling'] }),
      aFlaggedEvent({ content: both, asks: ['goods/alcohol', 'sexual/suggestive'] }),
    ]);
    expect(modelsOf(await outcomeOf(explicit))).toEqual(['nsfw-inception-v3']);
    expect(modelsOf(await outcomeOf(goods))).toEqual(['efficientnet-lite0']);
    expect(modelsOf(await outcomeOf(both)).sort()).toEqual(['efficientnet-lite0', 'nsfw-inception-v3']);
  });

  it('says under which policy and with which model versions it judged, and keeps the fast judgement', async () => {
    const content = await picture(4);
    const fast = aFastJudgement();
    const event = aFlaggedEvent({ content, fast });
    await bus.publish('content.flagged', [event]);
    const rescored = await outcomeOf(content);
    expect(rescored.data.content).toEqual(content);
    expect(rescored.data.judgements).toHaveLength(2);
    expect(rescored.data.judgements[0]).toEqual(fast);
    const deep = rescored.data.judgements[1]!;
    expect(deep).toMatchObject({
      key: `deep:${event.id}`,
      tier: 'deep',
      policy: { name: 'default', version: 1 },
      models: [{ name: 'nsfw-inception-v3', version: '1.0.0', tier: 'deep' }],
    });
    expect(deep.classifications).toHaveLength(1);
    expect(deep.categories['sexual/explicit']!.score).toBe(
      deep.classifications![0]!.scores['sexual/explicit'],
    );
  });

  it('passes on what no model was asked about, and audit samples as such', async () => {
    const content = await picture(5);
    const fast = aFastJudgement({ verdict: 'allow', categories: {}, reasons: [] });
    const audit = { propensity: 0.002 };
    await bus.publish('content.flagged', [aFlaggedEvent({ content, fast, asks: [], audit })]);
    const { data } = await outcomeOf(content);
    expect(data.judgements).toEqual([fast]);
    expect(data.audit).toEqual(audit);
  });

  it('says what a picture is like that a person will see', async () => {
    const alike = async (seed: number): Promise<Float32Array> => {
      const content = await picture(seed);
      const audit = { propensity: 0.002 };
      const fast = aFastJudgement({ verdict: 'allow', categories: {}, reasons: [] });
      await bus.publish('content.flagged', [aFlaggedEvent({ content, fast, asks: [], audit })]);
      const { embedding } = (await outcomeOf(content)).data;
      expect(embedding).toMatchObject({ model: 'efficientnet-lite0', version: '1.0.0' });
      return fromHalfFloats(Buffer.from(embedding!.values, 'base64'));
    };
    const cosine = (one: Float32Array, other: Float32Array): number =>
      one.reduce((sum, value, at) => sum + value * other[at]!, 0);
    const [first, again, other] = [await alike(60), await alike(60), await alike(61)];
    expect(first).toHaveLength(1280);
    expect(cosine(first, again)).toBeCloseTo(1, 2);
    expect(cosine(first, other)).toBeLessThan(cosine(first, again) - 0.01);
  });

  it('reads codes and writing where the policy calls for it, and shows what they say', async () => {
    const { bytes, payloads } = await renderCodes(qrConditions.rotated, 1, []);
    const [code, writing, nobody] = [
      await stored(bytes),
      await stored((await textRender('contacts', 1, [])).bytes),
      await picture(62),
    ];
    const fast = aFastJudgement({ verdict: 'allow', categories: {}, reasons: [] });
    const called = ['overlay-text', 'qr-code'];
    await bus.publish('content.flagged', [
      aFlaggedEvent({ content: code, fast, asks: [], called }),
      aFlaggedEvent({ content: writing, fast, asks: [], called }),
      aFlaggedEvent({ content: nobody, fast, asks: [], called: ['qr-code', 'somebody-else'] }),
    ]);
    const lastOf = async (content: Content) => (await outcomeOf(content)).data.judgements.at(-1)!;
    const read = await lastOf(code);
    expect(read).toMatchObject({ tier: 'deep', verdict: 'review', reasons: [{ category: 'spam/qr-code' }] });
    const codes = read.classifications!.find(({ model }) => model.name === 'qr-code')!;
    expect(codes.evidence).toMatchObject([{ kind: 'payload', text: payloads[0] }]);
    expect(codes.evidence![0]!.box).toHaveLength(4);
    const contacts = (await lastOf(writing)).classifications!.find(
      ({ model }) => model.name === 'overlay-text',
    )!;
    expect(contacts.scores['spam/contact']).toBeGreaterThan(0.5);
    expect(contacts.evidence![0]).toMatchObject({ kind: 'text', category: 'spam/contact' });
    expect(await lastOf(nobody)).toMatchObject({
      verdict: 'review',
      models: [{ name: 'qr-code' }],
      unheard: [{ detector: 'somebody-else', why: 'missing' }],
    });
  });

  it('classifies what was submitted for later with the fast model, and hashes it', async () => {
    const content = await picture(6, { surface: 'listing' });
    const event = aSubmittedEvent(content);
    await bus.publish('content.submitted', [event]);
    const { data } = await outcomeOf(content);
    expect(data.content.pdq).toMatch(/^[0-9a-f]{64}$/);
    expect(data.judgements.map(({ key, tier }) => [key, tier])).toEqual([
      ['fast', 'fast'],
      [`deep:${event.id}`, 'deep'],
    ]);
    expect(data.judgements[0]!.models).toEqual([
      { name: 'nsfw-mobilenet-v2', version: '1.0.0', tier: 'fast' },
    ]);
    // the listing surface always asks about goods
    expect(data.judgements[1]!.models.map(({ name }) => name)).toContain('efficientnet-lite0');
  });

  it('scores an animation by its worst frame', async () => {
    const frames = [scene(7), scene(8), scene(9)];
    const alone = await Promise.all(
      frames.map(async (frame) => stored(await animated([frame, frame], 'webp'))),
    );
    const together = await stored(await animated(frames, 'webp'), { mediaType: 'image/webp' });
    await bus.publish(
      'content.flagged',
      [...alone, together].map((content) => aFlaggedEvent({ content, asks: ['sexual/explicit'] })),
    );
    const scoreOf = async (content: Content): Promise<number> =>
      (await outcomeOf(content)).data.judgements[1]!.categories['sexual/explicit']!.score;
    const worst = Math.max(...(await Promise.all(alone.map(scoreOf))));
    expect(await scoreOf(together)).toBeCloseTo(worst, 5);
  });

  (existsSync(slotMachine) ? it : it.skip)('recognises goods on a photograph', async () => {
    const fast = aFastJudgement({ verdict: 'allow', categories: {}, reasons: [] });
    const content = await stored(await readFile(slotMachine), { surface: 'listing' });
    await bus.publish('content.flagged', [aFlaggedEvent({ content, fast, asks: ['goods/gambling'] })]);
    const last = (await outcomeOf(content)).data.judgements.at(-1)!;
    expect(last.verdict).toBe('review');
    expect(last.reasons).toMatchObject([{ category: 'goods/gambling', verdict: 'review' }]);
  });

  describe('given a batch with bad pictures in it', () => {
    let cut: Content, gone: Content, altered: Content, forged: Content, allowed: Content;
    let good: Content[];
    let events: EventOn<'content.flagged'>[];
    beforeEach(async () => {
      good = await Promise.all([20, 21, 22].map((seed) => picture(seed)));
      cut = await stored(await halfJpeg());
      gone = aContent({ blobKey: blobKeyFor('0'.repeat(64)) });
      altered = await picture(23);
      await writeFile(join(folder, altered.blobKey!), await jpeg(scene(24)));
      forged = aContent({ blobKey: '../../../etc/passwd' });
      allowed = aContent({ blobKey: null });
      const bad = [cut, gone, altered, forged];
      events = [good[0]!, ...bad, good[1]!, good[2]!].map((content) => aFlaggedEvent({ content }));
      const fast = aFastJudgement({ verdict: 'allow', categories: {}, reasons: [] });
      events.push(aFlaggedEvent({ content: allowed, fast, asks: ['goods/firearm'] }));
      await bus.publish('content.flagged', events);
    });
    it('judges the good ones, and sets the bad ones aside with the reason, for a person to see', async () => {
      for (const content of good)
        expect((await outcomeOf(content)).data.judgements.at(-1)!.tier).toBe('deep');
      const reasons = await eventually(async () => {
        const found = await deadReasons(bus);
        expect(found).toHaveLength(5);
        return new Map(found);
      });
      expect(reasons.get(cut.id)).toMatch(/^undecodable_image/);
      expect(reasons.get(gone.id)).toMatch(/^blob_missing/);
      expect(reasons.get(altered.id)).toMatch(/^blob_altered/);
      expect(reasons.get(forged.id)).toMatch(/^blob_missing/);
      for (const content of [cut, gone, altered, forged, allowed]) {
        const { id, data } = await outcomeOf(content);
        const cause = events.find(({ subject }) => subject === content.id)!;
        expect(id).toBe(`${cause.id}:unsettled`);
        expect(data.judgements.at(-1)).toMatchObject({ key: `unsettled:${cause.id}`, verdict: 'review' });
      }
    });
  });

  it('says what it runs on, and how far behind it is, and nothing else over HTTP', async () => {
    const url = await worker.getUrl();
    const ready = await fetch(`${url}/v1/health/ready`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({
      checks: { bus: { status: 'up' }, blobs: { status: 'up' }, models: { detail: 'cpu, 2 of 2 threads' } },
    });
    const metrics = await (await fetch(`${url}/metrics`)).text();
    expect(metrics).toMatch(
      /sluice_worker_model_info\{name="nsfw-inception-v3",version="1.0.0",tier="deep",provider="cpu"\} 1/,
    );
    expect(metrics).toMatch(/sluice_worker_oldest_event_seconds\{topic="content.flagged"\} 0/);
    expect(metrics).toMatch(/sluice_worker_events_total\{topic="content.flagged",outcome="done"\} [1-9]/);
    expect((await fetch(`${url}/v1/moderate`, { method: 'POST' })).status).toBe(404);
  });
});

const deadReasons = async (bus: EventBus): Promise<[string, string][]> =>
  (await bus.deadLetters({ group: 'worker' })).map(({ event, reason }) => [
    (event as { subject: string }).subject,
    reason,
  ]);
