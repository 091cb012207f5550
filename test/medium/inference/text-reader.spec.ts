import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Pixels } from '#libs/domain';
import {
  type BatchReport,
  type InferenceOptions,
  InferencePool,
  loadPack,
  loadTextPack,
  type TextOutput,
} from '#libs/inference';
import { projectRoot } from '#libs/platform';
import { scene } from '../../fixtures/pictures.js';
import { type Writing, written } from './written.js';

const contact = 'WhatsApp +1 415 555 2671';
const models = join(projectRoot, 'models');
const batches: BatchReport[] = [];
const options: InferenceOptions = {
  threads: 1,
  provider: 'cpu',
  // writing is read picture by picture all the same
  maxBatch: 4,
  maxDelayMs: 60_000,
  queueLimit: 64,
  onBatch: (batch) => batches.push(batch),
};
let pool: InferencePool;

beforeAll(async () => {
  const packs = [
    await loadPack(join(models, 'nsfw-mobilenet-v2')),
    await loadTextPack(join(models, 'overlay-text')),
  ];
  pool = await InferencePool.open(packs, options);
});
afterAll(() => pool.close());

const drawn = (seed: number, width = 900, height = 1200): Pixels => {
  const { data } = scene(seed, width, height);
  return { data: new Uint8Array(data), width, height };
};

const read = async (view: Pixels, deadlineMs?: number): Promise<TextOutput> => {
  const result = await pool.readText('overlay-text', view, deadlineMs === undefined ? {} : { deadlineMs });
  if (!result.ok) throw new Error(result.detail);
  return result.value;
};

/** Spaces are the first that reading loses, and nobody who looks for contacts minds. */
const joined = ({ lines }: TextOutput): string =>
  lines
    .map(({ text }) => text)
    .join('')
    .replaceAll(' ', '');

describe('A pack that reads', () => {
  it('reads a line over a picture, says where it stands, and takes the picture’s memory', async () => {
    const view = await written(drawn(1), { text: contact, size: 60, at: { x: 0.5, y: 0.25 } });
    const output = await read(view);
    expect(output.lines).toMatchObject([{ text: contact }]);
    expect(output.lines[0]!.confidence).toBeGreaterThan(0.9);
    const [[left, top], [right], [, bottom]] = output.lines[0]!.box;
    expect([left < 0.2, right > 0.8, top > 0.2, bottom < 0.3]).toEqual([true, true, true, true]);
    expect(output).toMatchObject({ version: '1.0.0', leftOut: [] });
    expect(view.data).toHaveLength(0);
  });

  it.each<[string, Partial<Writing>]>([
    ['tilted to the right', { angle: 15 }],
    ['tilted to the left', { angle: -15 }],
    ['down', { angle: 90 }],
    ['up', { angle: 270 }],
    ['on its head', { angle: 180 }],
    ['askew', { angle: 40 }],
    ['dark on light', { colour: 'black', outline: 'white' }],
    ['light on dark', { colour: 'yellow', outline: 'black' }],
    ['small', { size: 22, outline: 'black' }],
    ['at the edge', { at: { x: 0.5, y: 0.02 } }],
  ])('reads a line that stands %s', async (_case, how) => {
    const output = await read(await written(drawn(2), { text: contact, size: 48, ...how }));
    expect(joined(output)).toContain(contact.replaceAll(' ', ''));
  });

  it('finds nothing in a picture with nothing written', async () => {
    expect(await read(drawn(3))).toMatchObject({ lines: [], leftOut: [] });
  });

  it('reads several lines in the order that people do', async () => {
    let view = drawn(4);
    for (const [text, y] of [
      ['Call me tonight', 0.7],
      ['0171 2345678', 0.85],
      ['NEW OFFER', 0.15],
    ] as const)
      view = await written(view, { text, size: 60, outline: 'black', at: { x: 0.5, y } });
    const { lines } = await read(view);
    const words = lines.map(({ text }) => text.replaceAll(' ', ''));
    expect(words).toEqual(['NEWOFFER', 'Callmetonight', '01712345678']);
  });

  it('leaves the smallest writing out when there is more than a look may cost, and says where', async () => {
    const shipped = await loadTextPack(join(models, 'overlay-text'));
    const limits = { mostLines: 1, longestText: 16_000 };
    const frugal = { ...shipped, manifest: { ...shipped.manifest, limits } };
    let view = await written(drawn(5), {
      text: 'LARGE',
      size: 120,
      outline: 'black',
      at: { x: 0.5, y: 0.2 },
    });
    view = await written(view, { text: 'small', size: 50, outline: 'black', at: { x: 0.5, y: 0.8 } });
    const other = await InferencePool.open([frugal], options);
    const result = await other.readText('overlay-text', view);
    await other.close();
    if (!result.ok) throw new Error(result.detail);
    expect(result.value.lines).toMatchObject([{ text: 'LARGE' }]);
    const [[[, top]]] = result.value.leftOut as [TextOutput['leftOut'][0]];
    expect(top).toBeGreaterThan(0.7);
  });

  it('answers when the time is over', async () => {
    const late = await pool.readText('overlay-text', drawn(7), { deadlineMs: 1 });
    expect(late).toMatchObject({ ok: false, code: 'deadline_exceeded' });
  });

  it('reads one picture a run, and is listed and reported as the models are', async () => {
    await Promise.all([read(drawn(8, 320, 240)), read(drawn(9, 320, 240))]);
    expect(batches.slice(-2)).toMatchObject(
      Array(2).fill({ pack: 'overlay-text', version: '1.0.0', size: 1 }),
    );
    expect(pool.status().packs).toEqual([
      expect.objectContaining({ name: 'nsfw-mobilenet-v2', kind: 'classifier', tier: 'fast' }),
      { name: 'overlay-text', version: '1.0.0', kind: 'text-reader', tier: 'deep', queued: 0 },
    ]);
  });
});
