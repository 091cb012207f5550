import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import {
  defaultPolicyDocument,
  type Detection,
  type Detector,
  detectorDraw,
  type DetectorFailure,
  type LookOptions,
  ok,
  type PackTrial,
  type Pixels,
  type Result,
  type Scores,
} from '#libs/domain';
import { aDetection, aDetector, aView } from '../../../../test/builders/detector.builder.js';
import { DetectorError } from './detector-error.js';
import { DetectorsService, type LookOutcome } from './detectors.service.js';

const budgetMs = 800;
const rules = { ...defaultPolicyDocument, deepBudgetMs: budgetMs };
const never = (): Promise<never> => new Promise(() => undefined);

const saying = (scores: Scores, facts: Partial<Detection> = {}) => ({
  detect: () => Promise.resolve(ok(aDetection(scores, facts))),
});
const failing = (code: DetectorFailure['code'], detail = 'the thread died') => ({
  detect: () => Promise.resolve({ ok: false as const, code, detail }),
});
const explicit = (how: Pick<Detector, 'detect'>) => aDetector('explicit', ['sexual/explicit'], how);
const qr = aDetector('qr-code', ['spam/qr-code'], saying({ 'spam/qr-code': 0.9 }));
const route = [{ category: 'spam/qr-code', atLeast: 0.5 }];

describe('DetectorsService', () => {
  let looks: [string, LookOutcome][];
  const looking = async (
    detectors: Detector[],
    { called = detectors.map(({ name }) => name), fast = {}, views = [aView()] } = {},
    service = serviceOf(detectors),
  ) => {
    const occasion = { question: { asks: [], called }, fast, rules };
    return service.look(service.plan(occasion), occasion, views);
  };
  const serviceOf = (detectors: Detector[]): DetectorsService =>
    new DetectorsService(detectors, ['sexual/explicit'], (name, outcome) => looks.push([name, outcome]));
  beforeEach(() => {
    looks = [];
  });

  it('gives what each detector saw, with its evidence and the version that answered', async () => {
    const evidence = [
      { kind: 'payload' as const, category: 'spam/qr-code', text: 'https://example.org', score: 0.9 },
    ];
    const reader = aDetector(
      'qr-code',
      ['spam/qr-code'],
      saying({ 'spam/qr-code': 0.9 }, { evidence, version: '2' }),
    );
    const values = Float32Array.of(1, 2);
    const pack = explicit(saying({ 'sexual/explicit': 0.2 }, { embedding: values }));
    expect(await looking([reader, pack])).toEqual({
      seen: [
        { model: { name: 'qr-code', version: '2', tier: 'deep' }, scores: { 'spam/qr-code': 0.9 }, evidence },
        { model: { name: 'explicit', version: '1', tier: 'deep' }, scores: { 'sexual/explicit': 0.2 } },
      ],
      unheard: [],
      embeddings: [{ model: 'explicit', version: '1', values }],
    });
    expect(looks).toEqual([
      ['qr-code', 'heard'],
      ['explicit', 'heard'],
    ]);
  });

  it('calls specialists by what the others saw', async () => {
    const text = aDetector('overlay-text', ['spam/contact'], { ...saying({ 'spam/contact': 0.4 }), route });
    const { seen } = await looking([qr, text], { called: ['qr-code'] });
    expect(seen.map(({ model }) => model.name)).toEqual(['qr-code', 'overlay-text']);
  });

  it.each<[string, Pick<Detector, 'detect'>, string]>([
    ['throws', { detect: () => Promise.reject(new Error('boom')) }, 'boom'],
    [
      'throws at once',
      {
        detect: () => {
          throw new Error('boom');
        },
      },
      'boom',
    ],
    ['fails', failing('failed'), 'the thread died'],
    ['gives no score', saying({}), 'no score of sexual/explicit'],
    ['gives NaN', saying({ 'sexual/explicit': NaN }), 'no probability'],
    ['gives more than all', saying({ 'sexual/explicit': 1.01 }), 'no probability'],
  ])('does without a detector that %s, and names it', async (_how, how, detail) => {
    const { seen, unheard } = await looking([explicit(how), qr]);
    expect(seen.map(({ model }) => model.name)).toEqual(['qr-code']);
    expect(unheard).toEqual([
      { detector: 'explicit', why: 'failed', detail: expect.stringContaining(detail) as string },
    ]);
    expect(looks).toContainEqual(['explicit', 'failed']);
  });

  it('skips a detector that hangs when the budget is over, and leaves time for whom the others call', async () => {
    const text = aDetector('overlay-text', ['spam/contact'], { ...saying({ 'spam/contact': 0.4 }), route });
    const { seen, unheard } = await looking([explicit({ detect: never }), qr, text], {
      called: ['explicit', 'qr-code'],
    });
    expect(seen.map(({ model }) => model.name)).toEqual(['qr-code', 'overlay-text']);
    expect(unheard).toMatchObject([{ detector: 'explicit', why: 'skipped' }]);
  });

  it('tells each detector how much time it has', async () => {
    const told: number[] = [];
    const listening = {
      detect: async (_views: Pixels[], { deadlineMs }: LookOptions) => {
        told.push(deadlineMs);
        await pause(50);
        return ok(aDetection({ 'a/b': 0 }));
      },
    };
    await looking([
      aDetector('general', ['a/b'], listening),
      aDetector('special', ['a/b'], { ...listening, route }),
      qr,
    ]);
    expect(told[0]).toBeLessThanOrEqual(0.75 * budgetMs);
    expect(told[1]).toBeGreaterThan(told[0]!);
    expect(told[1]).toBeLessThanOrEqual(budgetMs - 49);
  });

  it('asks a detector no more that sits on too many pictures, until it gives one back', async () => {
    const held: (() => void)[] = [];
    const slow = explicit({
      detect: () =>
        new Promise<Result<Detection, DetectorFailure>>((resolve) => {
          held.push(() => resolve(ok(aDetection({ 'sexual/explicit': 0.1 }))));
        }),
    });
    const service = serviceOf([slow]);
    const look = () => looking([slow], {}, service);
    await Promise.all([look(), look(), look(), look()]);
    expect((await look()).unheard).toEqual([
      { detector: 'explicit', why: 'failed', detail: expect.stringContaining('from 4 earlier') as string },
    ]);
    expect(held).toHaveLength(4);
    held.shift()!();
    await pause(0);
    const again = look();
    expect(held).toHaveLength(4);
    held.pop()!();
    expect((await again).unheard).toEqual([]);
  });

  it.each(['overloaded', 'closed'] as const)('gives a picture back when one is %s', async (code) => {
    await expect(looking([explicit(failing(code)), qr])).rejects.toThrow(
      `${code}: explicit: the thread died`,
    );
  });

  it('names who is called and not here', async () => {
    expect(await looking([qr], { called: ['nobody'], views: [] })).toMatchObject({
      seen: [],
      unheard: [{ detector: 'nobody', why: 'missing' }],
    });
  });

  it('leaves out evidence that could not be stored, and cuts what is too long to tell', async () => {
    const evidence = [
      { kind: 'text' as const, category: 'spam/qr-code', text: 'half \ud800', score: 1 },
      { kind: 'text' as const, category: 'spam/qr-code', text: 'whole', score: 1 },
    ];
    const reader = aDetector('qr-code', ['spam/qr-code'], saying({ 'spam/qr-code': 1 }, { evidence }));
    const broken = explicit(failing('failed', `${'x'.repeat(499)}😀\0`));
    const { seen, unheard } = await looking([reader, broken]);
    expect(seen[0]!.evidence).toEqual([evidence[1]]);
    expect(unheard[0]!.detail).toBe(`${'x'.repeat(499)} `);
  });

  it('gives each detector views of its own', async () => {
    const memories = new Set<Uint8Array>();
    const taking = (name: string, category: string, called?: typeof route) =>
      aDetector(name, [category], {
        route: called,
        detect: ([view]: Pixels[]) => {
          expect(view!.data).toHaveLength(3);
          memories.add(view!.data);
          structuredClone(view!.data, { transfer: [view!.data.buffer as ArrayBuffer] });
          return Promise.resolve(ok(aDetection({ [category]: 0.9 })));
        },
      });
    const detectors = [
      taking('a', 'spam/qr-code'),
      taking('b', 'a/b'),
      taking('c', 'a/c', route),
      taking('d', 'a/d', route),
    ];
    const { seen } = await looking(detectors, { called: ['a', 'b'] });
    expect(seen).toHaveLength(4);
    expect(memories.size).toBe(4);
  });

  describe('with packs on trial', () => {
    const old = aDetector('old', ['a/b'], saying({ 'a/b': 0.1 }));
    const candidate = aDetector('candidate', ['a/b'], { ...saying({ 'a/b': 0.9 }), embeddingLength: 2 });
    const trialOf = (facts: Partial<PackTrial> = {}): PackTrial => ({
      pack: 'candidate',
      version: '1',
      against: 'old',
      share: 1,
      state: 'running',
      ...facts,
    });
    const ids = Array.from({ length: 400 }, () => randomUUID());
    const names = (detectors: readonly Detector[]): string[] => detectors.map(({ name }) => name);

    it('judges by none of them, whoever asks or calls, until one is promoted, and then by it instead', async () => {
      const service = serviceOf([old, candidate]);
      const judging = async () =>
        (await looking([], { called: ['old'] }, service)).seen.map(({ model }) => model.name);
      service.follow([trialOf()]);
      expect(await judging()).toEqual(['old']);
      expect(service.embedder).toBeUndefined();
      expect((await looking([], { called: ['candidate'] }, service)).unheard).toMatchObject([
        { why: 'missing' },
      ]);
      service.follow([trialOf({ state: 'promoted' })]);
      expect(await judging()).toEqual(['candidate']);
      expect(names(service.all)).toEqual(['candidate']);
      expect(service.embedder).toBe(candidate);
      service.follow([trialOf({ state: 'rolled_back' })]);
      expect(await judging()).toEqual(['old']);
    });

    it('names those beside whom they stand, for their share of the pictures', async () => {
      const service = serviceOf([old, qr, candidate]);
      service.follow([trialOf({ share: 0.25 })]);
      const byOld = await looking([], { called: ['old'] }, service);
      const drawn = ids.filter((id) => service.onTrialBeside(byOld, id).length > 0);
      expect(drawn).toEqual(ids.filter((id) => detectorDraw(id)('candidate') < 0.25));
      expect(drawn.length).toBeGreaterThan(40);
      expect(drawn.length).toBeLessThan(160);
      const byQr = await looking([], { called: ['qr-code'] }, service);
      expect(ids.flatMap((id) => service.onTrialBeside(byQr, id))).toEqual([]);
    });

    it('takes up packs that came later', () => {
      const service = serviceOf([old]);
      service.follow([trialOf()], [old, candidate]);
      expect(names(service.all)).toEqual(['old']);
      service.follow([trialOf({ state: 'promoted' })]);
      expect(names(service.all)).toEqual(['candidate']);
    });

    it('stays as it was where those that would judge do not fit each other', () => {
      const waiting = aDetector('waiting', ['a/c'], { route: [{ category: 'a/b', atLeast: 0.5 }] });
      const blind = aDetector('candidate', ['a/d']);
      const service = serviceOf([old, waiting]);
      expect(() => service.follow([trialOf({ state: 'promoted' })], [old, waiting, blind])).toThrow(
        DetectorError,
      );
      expect(() => service.follow([], [old, old])).toThrow(DetectorError);
      expect(names(service.all)).toEqual(['old', 'waiting']);
    });
  });
});
