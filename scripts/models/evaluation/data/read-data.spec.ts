import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { madeUpPack } from '../evaluation.builder.js';
import { examinePictures } from './examine-pictures.js';
import { knownLabels } from './known-labels.js';
import { readData } from './read-data.js';
import { wordIn } from './sample-photos.js';

const photo = join(import.meta.dirname, '../../../../test/fixtures/photos/alps-morning.jpg');
const otherPhoto = join(import.meta.dirname, '../../../../test/fixtures/photos/cold-sea.jpg');
const known = knownLabels([madeUpPack('one')], ['spam/qr-code']);

describe('a data set', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-data-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  const lines = async (...all: (object | string)[]) => {
    const file = join(folder, 'data.jsonl');
    const text = all.map((each) => (typeof each === 'string' ? each : JSON.stringify(each)));
    await writeFile(file, text.join('\n'));
    return readData(file, known);
  };

  it('of lines knows categories, benign, the packs’ labels, lists, and what nobody is sure of', async () => {
    const read = await lines(
      { path: 'a.jpg', label: 'sexual/explicit', source: 'camera', age: 4 },
      { path: '/b.jpg', label: 'benign' },
      '',
      { path: 'c.jpg', label: ['bad', 'rare'] },
      { path: 'd.jpg', label: 'good', unsure: ['goods/firearm'] },
      { path: 'e.jpg', label: 'spam/qr-code' },
    );
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    expect(read.value.map(({ categories }) => categories)).toEqual([
      ['sexual/explicit'],
      [],
      ['sexual/explicit', 'goods/firearm'],
      [],
      ['spam/qr-code'],
    ]);
    expect(read.value[0]).toMatchObject({
      path: join(folder, 'a.jpg'),
      where: 'data.jsonl:1',
      columns: { source: 'camera', age: '4' },
    });
    expect(read.value[1]!.path).toBe('/b.jpg');
    expect(read.value[3]!.unsure).toEqual(['goods/firearm']);
  });

  it('of lines names everything that is wrong with them, with the line', async () => {
    const read = await lines(
      { path: 'a.jpg', label: 'sexual/explict' },
      '{"path": "b.jpg", "label"',
      { label: 'benign' },
      { path: 'c.jpg', label: ['benign', 'unheard of'] },
    );
    expect(read).toMatchObject({ ok: false, code: 'unusable_data' });
    if (read.ok) return;
    expect(read.problems.map(({ where }) => where)).toEqual([1, 2, 3, 4].map((line) => `data.jsonl:${line}`));
    expect(read.problems.map(({ what }) => what).join('\n')).toMatch(
      /unknown label "sexual\/explict"\nno JSON: .*\n.*path\nunknown label "unheard of"/,
    );
  });

  it('of folders takes each folder’s name for the label, two underscores for the slash', async () => {
    for (const name of ['sexual__explicit', 'benign', '.hidden']) await mkdir(join(folder, name));
    for (const name of ['sexual__explicit/1.jpg', 'benign/1.jpg', 'benign/2.jpg', '.hidden/x'])
      await copyFile(photo, join(folder, name));
    const read = await readData(folder, known);
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    expect(read.value.map(({ categories }) => categories)).toEqual([[], [], ['sexual/explicit']]);
  });

  it('of folders refuses folders that are no label, and pictures without a folder', async () => {
    await mkdir(join(folder, 'sexual__explict'));
    await copyFile(photo, join(folder, 'stray.jpg'));
    const read = await readData(folder, known);
    expect(read).toMatchObject({
      ok: false,
      problems: [
        { where: `${join(folder, 'sexual__explict')}/`, what: 'unknown label "sexual/explict"' },
        { where: join(folder, 'stray.jpg'), what: 'lies in no label’s folder' },
      ],
    });
  });

  it.each([
    ['nothing there', 'no-such-file'],
    ['an empty folder', '.'],
  ])('with %s is refused', async (_case, path) => {
    expect(await readData(join(folder, path), known)).toMatchObject({ ok: false, code: 'unusable_data' });
  });

  it('with an empty file is refused', async () => {
    expect(await lines('')).toMatchObject({ ok: false, problems: [{ what: 'holds no picture' }] });
  });

  it('is looked at before anything is scored: missing, broken and contradictory pictures are named', async () => {
    await copyFile(photo, join(folder, 'a.jpg'));
    await copyFile(photo, join(folder, 'same.jpg'));
    await copyFile(photo, join(folder, 'otherwise.jpg'));
    await copyFile(otherPhoto, join(folder, 'b.jpg'));
    await writeFile(join(folder, 'broken.jpg'), 'no picture');
    const read = await lines(
      ...['a', 'same', 'b', 'missing', 'broken'].map((name) => ({ path: `${name}.jpg`, label: 'benign' })),
      { path: 'otherwise.jpg', label: 'bad' },
    );
    if (!read.ok) throw new Error(JSON.stringify(read.problems));
    const found = await examinePictures(read.value, { concurrency: 2 });
    expect(found.usable.map(({ where }) => where)).toEqual([1, 2, 3, 6].map((line) => `data.jsonl:${line}`));
    expect(found.unusable.map(({ where }) => where)).toEqual(['data.jsonl:4', 'data.jsonl:5']);
    expect(found.unusable[0]!.what).toMatch(/missing\.jpg is missing/);
    expect(found.repeated).toBe(1);
    expect(found.contradictions).toEqual([
      expect.objectContaining({ where: 'data.jsonl:6', what: expect.stringContaining('data.jsonl:1') }),
    ]);
  });
});

describe('the sample photos', () => {
  it('are called after what they show', () =>
    expect(wordIn('/x/n03937543_pill_bottle.JPEG')).toBe('pill bottle'));
});
