import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { PackBuilder } from '../../test/builders/pack.builder.js';
import type { Manifest } from '#libs/inference';
import type { Evaluation } from './evaluation/evaluation.js';
import { main as evaluate } from './evaluate.js';
import { main as promote } from './promote.js';
import { type Review, reviewSchema } from './review/review.js';

const photos = join(import.meta.dirname, '../../test/fixtures/photos');
const names = ['alps-morning', 'autumn-woods', 'blue-hills', 'cold-sea', 'desert-ridges'];

/** A real graph that says how red a picture is. */
const aPack = (): PackBuilder => new PackBuilder().with({ licence: 'Apache-2.0' });

describe('models:evaluate and models:promote', () => {
  let folder: string;
  let pack: string;
  const said: string[] = [];
  const out = (): string => said.join('\n');

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-evaluate-'));
    pack = await aPack().write();
    said.length = 0;
    for (const stream of ['log', 'error'] as const)
      jest.spyOn(console, stream).mockImplementation((line: string) => void said.push(line));
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await Promise.all([rm(folder, { recursive: true }), rm(pack, { recursive: true })]);
  });

  const dataFile = async (...lines: object[]): Promise<string> => {
    const file = join(folder, 'data.jsonl');
    await writeFile(file, lines.map((line) => JSON.stringify(line)).join('\n'));
    return file;
  };
  const photoLines = () =>
    names.map((name, place) => ({
      path: join(photos, `${name}.jpg`),
      label: place < 2 ? 'colour/red' : 'benign',
      source: place % 2 ? 'camera' : 'upload',
    }));
  const jsonIn = async (file: string): Promise<unknown> =>
    JSON.parse(await readFile(file, 'utf8')) as unknown;
  const reviewOf = async (): Promise<Review> => reviewSchema.parse(await jsonIn(join(pack, 'review.json')));
  const reportFolder = () => join(folder, 'report');

  it('name every problem of the data, and score nothing', async () => {
    await writeFile(join(folder, 'broken.jpg'), 'no picture');
    const data = await dataFile(
      ...photoLines(),
      { path: 'gone.jpg', label: 'benign' },
      { path: 'broken.jpg', label: 'benign' },
    );
    expect(await evaluate(['--data', data, '--packs', pack, '--out', reportFolder()])).toBe(2);
    expect(out()).toMatch(/2 problems/);
    expect(out()).toMatch(/data\.jsonl:6: .*gone\.jpg is missing/);
    expect(out()).toMatch(/data\.jsonl:7: .*broken\.jpg/);
    await expect(readFile(join(reportFolder(), 'report.html'))).rejects.toThrow();

    said.length = 0;
    const skipping = [
      '--data',
      data,
      '--packs',
      pack,
      '--out',
      reportFolder(),
      '--no-speed',
      '--skip-unusable',
    ];
    expect(await evaluate(skipping)).toBe(0);
    expect(await readFile(join(reportFolder(), 'report.md'), 'utf8')).toContain('2 pictures were left out');
  }, 60_000);

  it('refuse unknown labels, options and prices', async () => {
    const data = await dataFile({ path: join(photos, 'cold-sea.jpg'), label: 'colour/blu' });
    expect(await evaluate(['--data', data, '--packs', pack])).toBe(2);
    expect(out()).toContain('data.jsonl:1: unknown label "colour/blu"');
    expect(await evaluate(['--data', data, '--thresholds', '0.5,two'])).toBe(2);
    expect(await evaluate(['--calibrate', 'platt'])).toBe(2);
    expect(
      await evaluate(['--data', data, '--packs', pack, '--prices', join(folder, 'no-prices.json')]),
    ).toBe(2);
    expect(out()).toContain('no-prices.json');
    expect(await evaluate(['--data', data, '--packs', pack, '--machine', 'abacus'])).toBe(2);
    expect(out()).toContain('no price for a machine abacus');
  });

  it('write a report, refuse a pack whose review is open, and promote it when a lead takes on what is', async () => {
    const data = await dataFile(...photoLines());
    const promotion = [pack, '--tier', 'fast', '--signed-off-by', 'A lead'];
    expect(await promote(promotion)).toBe(1);
    expect(out()).toContain('models:evaluate -- --review');

    const evaluation = [
      '--data',
      data,
      '--packs',
      pack,
      '--out',
      reportFolder(),
      '--batches',
      '1',
      '--review',
    ];
    expect(await evaluate(evaluation)).toBe(0);
    const found = (await jsonIn(join(reportFolder(), 'evaluation.json'))) as Evaluation;
    expect(found.packs[0]!.categories[0]).toMatchObject({
      category: 'colour/red',
      positives: 2,
      negatives: 3,
    });
    expect(found.packs[0]!.speed!.batches[0]!.picturesPerSecond).toBeGreaterThan(1);
    expect(found.packs[0]!.speed!.batches[0]!.memoryMb).toBeGreaterThan(1);
    expect(found.packs[0]!.cost!.perMillion).toBeGreaterThan(0);
    expect(await readFile(join(reportFolder(), 'report.html'), 'utf8')).toContain('<svg');

    said.length = 0;
    expect(await promote(promotion)).toBe(1);
    for (const point of ['owner', 'training-data', 'metrics:colour/red', 'latency-budget', 'cost', 'slices'])
      expect(out()).toContain(`  ${point}`);

    const review = await reviewOf();
    await writeFile(
      join(pack, 'review.json'),
      JSON.stringify({
        ...review,
        owner: 'The colour team',
        data: { ...review.data, trainedOn: 'nothing' },
        latency: { ...review.latency, budgetMs: 100_000 },
      }),
    );
    const accepted = ['metrics:colour/red', 'cost', 'slices'].flatMap((id) => ['--accept', `${id}=a toy`]);
    expect(await promote([...promotion, '--accept', 'owner=nobody'])).toBe(1);
    expect(await promote([...promotion, ...accepted])).toBe(0);
    const { signOff, accepted: taken } = await reviewOf();
    expect(signOff).toMatchObject({ by: 'A lead', tier: 'fast', graphSha256: review.subject!.graphSha256 });
    expect(taken['slices']).toMatchObject({ why: 'a toy', by: 'A lead' });
    expect(await jsonIn(join(pack, 'manifest.json'))).toMatchObject({ tier: 'fast' });

    // what was said stays when it is evaluated again
    expect(await evaluate(evaluation)).toBe(0);
    expect((await reviewOf()).owner).toBe('The colour team');

    const manifest = (await jsonIn(join(pack, 'manifest.json'))) as Manifest;
    await writeFile(join(pack, 'manifest.json'), JSON.stringify({ ...manifest, version: '2' }));
    said.length = 0;
    expect(await promote(promotion)).toBe(1);
    expect(out()).toContain('subject (cannot be accepted)');
  }, 120_000);

  it('calibrate a pack, under a new version, where there are pictures enough', async () => {
    // the same few pictures under many names: enough to try the way, and said to be repeated
    await mkdir(join(folder, 'copies'));
    const lines = [];
    for (let copy = 0; copy < 40; copy += 1)
      for (const [place, name] of names.slice(0, 4).entries()) {
        const path = join(folder, 'copies', `${name}-${copy}.jpg`);
        await copyFile(join(photos, `${name}.jpg`), path);
        lines.push({ path, label: place < 2 ? 'colour/red' : 'benign' });
      }
    const data = await dataFile(...lines);
    const run = [
      '--data',
      data,
      '--packs',
      pack,
      '--out',
      reportFolder(),
      '--no-speed',
      '--calibrate',
      'platt',
    ];
    expect(await evaluate(run)).toBe(0);
    const manifest = (await jsonIn(join(pack, 'manifest.json'))) as Manifest;
    if (out().includes('not calibrated')) throw new Error(out());
    expect(manifest.version).toMatch(/^1\+cal\.[0-9a-f]{8}$/);
    expect(manifest.calibration['colour/red']).toMatchObject({ method: 'platt' });
    expect(await readFile(join(reportFolder(), 'report.md'), 'utf8')).toContain(
      '156 of 160 pictures repeat others',
    );
  }, 120_000);
});
