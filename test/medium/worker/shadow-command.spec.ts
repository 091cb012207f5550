import { mkdtemp, readFile, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { announceHeldPacks, lastTrials, withdrawHeldPacks } from '#libs/database';
import { entryOf, mergeByContent } from '../../../apps/review/src/ledger/ledger-entry.js';
import { LedgerRepository } from '../../../apps/review/src/ledger/ledger.repository.js';
import { loadPack } from '#libs/inference';
import { openPoints } from '../../../scripts/models/review/open-points.js';
import { emptyReview, manifestDigest, type Review } from '../../../scripts/models/review/review.js';
import { writeReview } from '../../../scripts/models/review/review-file.js';
import { main } from '../../../scripts/models/shadow.js';
import type { TrialReport } from '../../../scripts/models/shadow/report.js';
import { aContent } from '../../builders/content.builder.js';
import { aFastJudgement, aRescoredEvent } from '../../builders/event.builder.js';
import { aPack } from '../../builders/pack.builder.js';
import { createTestDatabase, type TestDatabase } from '../database.js';

const why = ['--by', 'kim@example.org', '--why', 'fewer false alarms'];
const explicit = { 'sexual/explicit': ['red'] };
const workerId = '019b0000-0000-7000-8000-000000000000';

describe('npm run models:shadow', () => {
  let database: TestDatabase;
  let folder: string;
  const before = { ...process.env };

  beforeAll(async () => {
    database = await createTestDatabase();
    folder = await mkdtemp(join(tmpdir(), 'sluice-shadow-'));
    const of = { categories: explicit, benign: 'every other label' };
    for (const name of ['old', 'new'])
      await rename(
        await aPack()
          .with({ name, ...of })
          .write(),
        join(folder, name),
      );
    const other = aPack().with({
      name: 'other',
      categories: { 'a/b': ['red'] },
      benign: 'every other label',
    });
    await rename(await other.write(), join(folder, 'other'));
    await rename(await aPack().with({ name: 'quick', tier: 'fast' }).write(), join(folder, 'quick'));
    Object.assign(process.env, { DATABASE_URL: database.url, MODELS_DIR: folder });
  });
  afterAll(async () => {
    process.env = before;
    await database.drop();
    await rm(folder, { recursive: true });
  });

  const run = async (...args: string[]): Promise<{ code: number; said: string }> => {
    const lines: unknown[] = [];
    const spies = (['log', 'warn', 'error'] as const).map((name) =>
      jest.spyOn(console, name).mockImplementation((line: unknown) => void lines.push(line)),
    );
    const code = await main(args);
    for (const spy of spies) spy.mockRestore();
    return { code, said: lines.join('\n') };
  };
  const stateOf = async (name: string): Promise<string | undefined> =>
    (await lastTrials(database.dataSource)).find(({ pack }) => pack === name)?.state;

  /** One that leaves nothing open. */
  const aReview = async (name: string): Promise<Review> => {
    const { manifest } = await loadPack(join(folder, name));
    const { version, sha256: graphSha256 } = manifest;
    const review = emptyReview(name);
    const filled: Review = {
      ...review,
      subject: { version, graphSha256, manifestDigest: manifestDigest(manifest) },
      owner: 'Kim',
      licence: { identifier: 'MIT', hasText: true },
      data: { ...review.data, trainedOn: 'colours' },
    };
    const taken = { why: 'a test', by: 'Kim', on: '2026-01-01T00:00:00Z' };
    const accepted = Object.fromEntries(openPoints(filled, manifest).map(({ id }) => [id, taken]));
    return { ...filled, accepted };
  };

  /** A picture that the pack that judges scores like this, and the one on trial like that. */
  const shown = async (old: number, fresh: number, surface = 'default'): Promise<void> => {
    const seen = (name: string, tier: 'fast' | 'deep', score: number) => ({
      model: { name, version: '1', tier },
      scores: { 'sexual/explicit': score },
    });
    const fast = aFastJudgement({ classifications: [seen('quick', 'fast', 0.6)] });
    const deep = aFastJudgement({ key: 'deep:x', tier: 'deep', classifications: [seen('old', 'deep', old)] });
    const event = aRescoredEvent(aContent({ surface }), [fast, deep]);
    const entry = entryOf({ ...event, data: { ...event.data, shadow: [seen('new', 'deep', fresh)] } });
    await new LedgerRepository(database.dataSource).write(mergeByContent([entry]));
  };

  it('says what it can do, and what is wrong with a command', async () => {
    expect((await run()).code).toBe(2);
    expect(await run('begin', 'new')).toMatchObject({ code: 2, said: expect.stringContaining('rollback') });
    expect((await run('start', 'new', '--share', '2', '--against', 'old', ...why)).said).toMatch(/share/);
    expect((await run('start', 'new', '--against', 'old')).said).toMatch(/--by and --why/);
    expect((await run('start', 'none', '--against', 'old', ...why)).said).toMatch(/MODELS_DIR/);
    expect((await run('start', 'quick', '--against', 'old', ...why)).said).toMatch(/deep tier/);
    expect((await run('status')).said).toMatch(/ever on trial/);
    expect((await run('promote', 'new', ...why)).said).toMatch(/no trial/);
    expect(await lastTrials(database.dataSource)).toEqual([]);
  });

  it('starts a trial, and says how many workers have the pack', async () => {
    await announceHeldPacks(database.dataSource, workerId, [{ pack: 'old', version: '1' }]);
    const started = await run('start', 'new', '--against', 'old', '--share', '0.25', ...why);
    expect(started).toMatchObject({ code: 0, said: expect.stringContaining('0 of 1 workers') });
    expect(await stateOf('new')).toBe('running');
    expect((await run('start', 'new', '--against', 'old', ...why)).said).toMatch(/on trial already/);
    expect((await run('start', 'other', '--against', 'old', ...why)).said).toMatch(
      /does not score sexual\/explicit/,
    );
    expect((await run('status')).said).toMatch(/new.*old.*0\.25.*running.*kim@example\.org.*0 of 1/);
  });

  it('reports whose verdict would have been another, under the policy in force', async () => {
    await shown(0.1, 0.2);
    await shown(0.1, 0.99, 'listing');
    await shown(0.99, 0.1);
    const file = join(folder, 'report.json');
    const { code, said } = await run('report', 'new', '--json', file);
    expect(code).toBe(0);
    expect(said).toMatch(/3 pictures\. Another verdict: 66\.67 % \(20\.\d+ % – 93\.\d+ %\)/);
    const report = JSON.parse(await readFile(file, 'utf8')) as TrialReport;
    expect(report).toMatchObject({
      trial: { pack: 'new', against: 'old', share: 0.25 },
      policy: { name: 'default', version: 1 },
      contents: 3,
      confusion: { allow: { allow: 1, block: 1 }, block: { allow: 1 } },
      bySurface: [
        { surface: 'default', contents: 2, flips: { value: 0.5 } },
        { surface: 'listing', contents: 1, flips: { value: 1 } },
      ],
      changes: [{ category: 'sexual/explicit', count: 3, largest: expect.closeTo(0.89) }],
    });
  });

  it('promotes nothing that was not reviewed, lacks a category, or is not with every worker', async () => {
    const { code, said } = await run('promote', 'new', ...why);
    expect(code).toBe(1);
    expect(said).toMatch(/review\.json/);
    expect((await run('promote', 'other', ...why)).said).toMatch(/does not score sexual\/explicit/);
    await writeReview(join(folder, 'new'), await aReview('new'));
    expect((await run('promote', 'new', ...why)).said).toMatch(/0 of 1 workers have it/);
    expect(await stateOf('new')).toBe('running');
    await withdrawHeldPacks(database.dataSource, workerId);
  });

  it('promotes what was reviewed and is with every worker, and has the other judge again', async () => {
    expect((await run('promote', 'new')).said).toMatch(/--by and --why/);
    expect(await run('promote', 'new', ...why)).toMatchObject({
      code: 0,
      said: expect.stringContaining('new judges in the place of old'),
    });
    expect(await stateOf('new')).toBe('promoted');
    expect((await run('start', 'new', '--against', 'other', ...why)).said).toMatch(/judges already/);
    expect(await run('rollback', 'new', ...why)).toMatchObject({
      code: 0,
      said: expect.stringContaining('old does again'),
    });
    expect(await stateOf('new')).toBe('rolled_back');
  });

  it('stops a trial, and takes back nothing that was not promoted', async () => {
    expect(await run('start', 'new', '--against', 'old', ...why)).toMatchObject({ code: 0 });
    expect(await run('rollback', 'new', ...why)).toMatchObject({ code: 1 });
    expect((await run('stop', 'new')).said).toMatch(/audit/);
    expect(await run('stop', 'new', ...why)).toMatchObject({
      code: 0,
      said: expect.stringContaining('judges nothing'),
    });
    expect(await stateOf('new')).toBe('stopped');
  });
});
