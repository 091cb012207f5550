import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import {
  holdersOf,
  knownScorers,
  startTrial,
  stepTrial,
  AuditEntryEntity,
  ShadowClassificationEntity,
} from '#libs/database';
import { type Content, defaultPolicyDocument, type EventOn, type TrialEvent } from '#libs/domain';
import { PostgresBus } from '#libs/events';
import { createLogger } from '#libs/platform';
import { entryOf, mergeByContent } from '../../../apps/review/src/ledger/ledger-entry.js';
import { LedgerRepository } from '../../../apps/review/src/ledger/ledger.repository.js';
import { DetectorsService } from '../../../apps/worker/src/detectors/detectors.service.js';
import { TrialsService } from '../../../apps/worker/src/shadow/trials.service.js';
import { createWorker } from '../../../apps/worker/src/create-worker.js';
import { publishPolicy } from '../../../libs/database/src/policies/policy-version.queries.js';
import { aPack } from '../../builders/pack.builder.js';
import { aFastJudgement, aFlaggedEvent } from '../../builders/event.builder.js';
import { Recorder } from '../../contracts/recorder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';
import { eventually } from '../eventually.js';
import { SmallWorkerFolder } from './small-worker.js';

const logger = createLogger('worker-test', 'silent');
const green = { r: 0, g: 255, b: 0 };
const reason = { by: 'kim@example.org', why: 'a test' };

/** Says of green how blue a picture is: of a green one another thing than the pack that judges. */
const aBlindPack = () =>
  aPack().with({ categories: { 'colour/green': ['blue'] }, benign: 'every other label' });

describe('A pack on trial', () => {
  let database: TestDatabase;
  let folder: SmallWorkerFolder;
  let bus: PostgresBus;
  let worker: NestFastifyApplication;
  const review = new Recorder<'content.rescored'>();

  const startWorker = async (): Promise<NestFastifyApplication> => {
    const started = await createWorker(folder.config(database.url, {}), logger);
    await started.init();
    await started.startAllMicroservices();
    return started;
  };
  beforeAll(async () => {
    database = await createTestDatabase();
    folder = await SmallWorkerFolder.make();
    bus = await PostgresBus.open({ connectionString: database.url, logger });
    const { categories } = defaultPolicyDocument;
    await publishPolicy(database.dataSource, 'default', {
      ...defaultPolicyDocument,
      categories: { ...categories, 'colour/green': { deep: { review: 0.5, block: null } } },
    });
    worker = await startWorker();
    await bus.subscribe('content.rescored', 'review', review.handler);
  });
  afterAll(async () => {
    await worker.close();
    await bus.close();
    await database.drop();
    await folder.remove();
  });

  const rescored = async (content: Content, called: string[] = []): Promise<EventOn<'content.rescored'>> => {
    const fast = aFastJudgement({ verdict: 'allow', categories: {}, reasons: [] });
    const asks = called.length > 0 ? [] : ['colour/green'];
    await bus.publish('content.flagged', [aFlaggedEvent({ content, fast, asks, called })]);
    return eventually(() => {
      const found = review.deliveries.find(({ event }) => event.subject === content.id);
      expect(found).toBeDefined();
      return found!.event;
    });
  };
  /** who judged a green picture, its verdict, and who said something beside */
  const judged = async (called?: string[]) => {
    const { data } = await rescored(await folder.picture(green), called);
    const { models, verdict, unheard } = data.judgements.at(-1)!;
    return {
      by: models.map(({ name }) => name),
      verdict,
      unheard: unheard ?? [],
      beside: (data.shadow ?? []).map(({ model }) => model.name),
    };
  };
  const judging = (): string[] => worker.get(DetectorsService).all.map(({ name }) => name);
  const onTrial = (): string[] => {
    const looked = {
      seen: [{ model: { name: 'general', version: '1', tier: 'deep' as const }, scores: {} }],
    };
    const beside = worker
      .get(DetectorsService)
      .onTrialBeside({ ...looked, unheard: [], embeddings: [] }, randomUUID());
    return beside.map(({ name }) => name);
  };
  const step = async (event: TrialEvent): Promise<void> => {
    const stepped = await stepTrial(database.dataSource, 'candidate', event, reason);
    expect(stepped.ok).toBe(true);
  };
  const start = async (share = 1): Promise<void> => {
    const trial = { pack: 'candidate', version: '1', against: 'general', share };
    expect(await startTrial(database.dataSource, trial, reason)).toMatchObject({ ok: true });
  };

  it('says nothing before there is one', async () => {
    expect(await judged()).toEqual({ by: ['general'], verdict: 'review', unheard: [], beside: [] });
  });

  it('runs beside the one that judges, without a restart, though it was put there after the start', async () => {
    await start();
    await folder.put('candidate', aBlindPack());
    // Until the worker has found it all goes on as before.
    const trials = worker.get(TrialsService);
    await eventually(async () => {
      await trials.refresh();
      expect(onTrial()).toEqual(['candidate']);
    });
    expect(judging()).not.toContain('candidate');
    expect(await judged()).toEqual({
      by: ['general'],
      verdict: 'review',
      unheard: [],
      beside: ['candidate'],
    });
    expect(await holdersOf(database.dataSource, { pack: 'candidate', version: '1' })).toEqual({
      holders: 1,
      workers: 1,
    });
    const scorers = await knownScorers(database.dataSource);
    expect(scorers.map(({ pack }) => pack)).not.toContain('candidate');
  });

  it('is recorded apart from what is judged by, once', async () => {
    const event = await rescored(await folder.picture(green));
    const ledger = new LedgerRepository(database.dataSource);
    for (let time = 0; time < 2; time++) await ledger.write(mergeByContent([entryOf(event)]));
    const shadows = await database.dataSource
      .getRepository(ShadowClassificationEntity)
      .findBy({ contentId: event.subject });
    expect(shadows).toMatchObject([
      { model: 'candidate', version: '1', scores: event.data.shadow![0]!.scores },
    ]);
    const rows: { model: string }[] = await database.dataSource.query(
      'SELECT model FROM classification WHERE content_id = $1',
      [event.subject],
    );
    expect(rows.map(({ model }) => model)).not.toContain('candidate');
  });

  it('judges nothing after a restart of the worker either', async () => {
    await worker.close();
    worker = await startWorker();
    expect(judging()).not.toContain('candidate');
    expect(await judged()).toMatchObject({ by: ['general'], beside: ['candidate'] });
  });

  it('judges in the place of the other once it is promoted, also where a policy calls that by name', async () => {
    await step('promote');
    await eventually(() => expect(judging()).toContain('candidate'));
    expect(judging()).not.toContain('general');
    expect(await judged()).toEqual({ by: ['candidate'], verdict: 'allow', unheard: [], beside: [] });
    expect(await judged(['general'])).toMatchObject({ by: ['candidate'], unheard: [] });
  });

  it('gives the place back when that is taken back, and judges no more', async () => {
    await step('roll_back');
    await eventually(() => expect(judging()).toContain('general'));
    expect(await judged()).toEqual({ by: ['general'], verdict: 'review', unheard: [], beside: [] });
    expect(judging()).not.toContain('candidate');
  });

  it('judges nothing when its trial is stopped', async () => {
    await start();
    await eventually(() => expect(onTrial()).toHaveLength(1));
    await step('stop');
    await eventually(() => expect(onTrial()).toEqual([]));
    expect(judging()).not.toContain('candidate');
    expect(await judged()).toMatchObject({ by: ['general'], beside: [] });
  });

  it('has each of its steps in the audit, with who and why', async () => {
    const entries = await database.dataSource
      .getRepository(AuditEntryEntity)
      .find({ where: { subjectKind: 'pack_trial' }, order: { at: 'ASC', id: 'ASC' } });
    expect(entries.map(({ act }) => act)).toEqual([
      'pack_trial.started',
      'pack_trial.promoted',
      'pack_trial.rolled_back',
      'pack_trial.started',
      'pack_trial.stopped',
    ]);
    expect(entries[1]!.details).toMatchObject({ pack: 'candidate', against: 'general', ...reason });
  });
});

describe('Steps of trials', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await createTestDatabase();
  });
  afterAll(() => database.drop());

  const start = (pack: string, against: string, version = '1') =>
    startTrial(database.dataSource, { pack, version, against, share: 0.1 }, reason);
  const step = (pack: string, event: TrialEvent) => stepTrial(database.dataSource, pack, event, reason);

  it('are refused where they make no sense, and then change nothing', async () => {
    expect(await step('new', 'promote')).toMatchObject({ ok: false, code: 'no_trial' });
    expect(await start('new', 'old')).toMatchObject({ ok: true });
    expect(await start('new', 'old')).toMatchObject({ ok: false, code: 'on_trial' });
    expect(await start('next', 'new')).toMatchObject({ ok: false, code: 'against_unused' });
    expect(await start('rival', 'old')).toMatchObject({ ok: true });
    expect(await step('new', 'promote')).toMatchObject({ ok: true, value: { state: 'promoted' } });
    expect(await step('rival', 'promote')).toMatchObject({ ok: false, code: 'taken' });
    expect(await start('new', 'another')).toMatchObject({ ok: false, code: 'promoted' });
    expect(await start('old', 'new')).toMatchObject({ ok: false, code: 'replaced' });
    expect(await start('next', 'old')).toMatchObject({ ok: false, code: 'against_unused' });
    expect(await start('next', 'new')).toMatchObject({ ok: true });
    expect(await step('new', 'stop')).toMatchObject({ ok: false, code: 'no_trial' });
    expect(await step('new', 'roll_back')).toMatchObject({ ok: true, value: { state: 'rolled_back' } });
  });

  it('of one pack happen once, however many ask at once', async () => {
    const started = await Promise.all(Array.from({ length: 8 }, () => start('many', 'others')));
    expect(started.filter(({ ok }) => ok)).toHaveLength(1);
    const promoted = await Promise.all(Array.from({ length: 8 }, () => step('many', 'promote')));
    expect(promoted.filter(({ ok }) => ok)).toHaveLength(1);
  });

  it('begin anew with another version of what was promoted', async () => {
    await start('versioned', 'first');
    await step('versioned', 'promote');
    expect(await start('versioned', 'first', '2')).toMatchObject({ ok: true });
    expect(await step('versioned', 'promote')).toMatchObject({ ok: true, value: { version: '2' } });
  });
});
