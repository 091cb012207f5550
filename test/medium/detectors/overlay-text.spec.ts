import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { OverlayTextDetector, type TextReader } from '#libs/detectors';
import { type Detection, evidenceSchema, ok, type Pixels } from '#libs/domain';
import { InferencePool, loadTextPack } from '#libs/inference';
import { projectRoot } from '#libs/platform';
import sharp from 'sharp';
import { type TextStyle, withText } from '../../../scripts/renders/draw-text.js';
import { Random } from '../../../scripts/renders/random.js';
import { scene } from '../../fixtures/pictures.js';

let pool: InferencePool;
let detector: OverlayTextDetector;

beforeAll(async () => {
  const pack = await loadTextPack(join(projectRoot, 'models', 'overlay-text'));
  pool = await InferencePool.open([pack], {
    threads: 1,
    provider: 'cpu',
    maxBatch: 1,
    maxDelayMs: 0,
    queueLimit: 16,
  });
  const reader: TextReader = {
    version: pack.manifest.version,
    read: async (view, options) => {
      const read = await pool.readText(pack.manifest.name, view, options);
      return read.ok ? ok(read.value.lines) : read;
    },
  };
  detector = new OverlayTextDetector(reader);
});
afterAll(() => pool.close());

const plain: TextStyle = {
  cut: '500Medium',
  size: 48,
  colour: '#ffffff',
  outline: '#000000',
  angle: 0,
  opacity: 1,
  align: 'left',
};

const overlaid = async (lines: string[], style: Partial<TextStyle> = {}, seed = 1): Promise<Pixels> => {
  const drawn = await withText(scene(seed, 1_000, 800), lines, { ...plain, ...style }, new Random(seed));
  const { data, info } = await sharp(await sharp(drawn).jpeg({ quality: 70 }).toBuffer())
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { data: new Uint8Array(data), width: info.width, height: info.height };
};

const seenOn = async (
  view: Pixels,
  rules: { allow?: string[]; deny?: string[]; phrases?: string[] } = {},
): Promise<Detection> => {
  const { allow = [], deny = [], phrases = [] } = rules;
  const answer = await detector.detect([view], {
    rules: { links: { allow, deny }, phrases: { deny: phrases } },
    deadlineMs: 60_000,
  });
  if (!answer.ok) throw new Error(answer.detail);
  return answer.value;
};

describe('overlaid text over pictures', () => {
  it.each<[string, string[], Partial<TextStyle>]>([
    ['phone number', ['FOR SALE', 'Call (415) 555-2671'], {}],
    ['phone number', ['WhatsApp +44 7911 123456'], { angle: 8 }],
    ['e-mail address', ['katie.rose@example.com'], { angle: -8, colour: '#ffe600' }],
    ['e-mail address', ['katie.rose@', 'gmail.com'], { size: 60 }],
    ['web address', ['www.velvetorchid.com'], { box: '#000000cc', outline: undefined }],
    ['handle', ['DM me', '@katie_rose99'], { cut: '700Bold_Italic' }],
    ['e-mail address, disguised', ['katie at gmail dot com'], {}],
  ])('give away a contact: %s in %j', async (note, lines, style) => {
    const { scores, evidence } = await seenOn(await overlaid(lines, style));
    expect(scores['spam/contact']).toBeGreaterThanOrEqual(0.5);
    const piece = evidence.find((each) => each.note === note);
    expect(evidenceSchema.parse(piece)).toMatchObject({ kind: 'text', category: 'spam/contact' });
    expect(piece!.box).toHaveLength(4);
  });

  it.each([
    [['Happy Birthday Anna!', '12.05.2024']],
    [['SALE 50% OFF', 'now $1,299.00']],
    [['Photo by Katie Rose 2019']],
    [['Final 102:98', 'Q4 02:31']],
  ])('give away none in %j', async (lines) => {
    const { scores } = await seenOn(await overlaid(lines));
    expect(scores).toEqual({ 'spam/contact': 0, 'spam/phrase': 0 });
  });

  it('are judged by the policy’s domains and phrases', async () => {
    const lines = ['FREE MONEY', 'www.velvetorchid.com'];
    const look = async (rules: Parameters<typeof seenOn>[1]) =>
      (await seenOn(await overlaid(lines, { size: 60 }), rules)).scores;
    expect(await look({ allow: ['velvetorchid.com'] })).toEqual({ 'spam/contact': 0, 'spam/phrase': 0 });
    expect(await look({ deny: ['velvetorchid.com'] })).toEqual({ 'spam/contact': 1, 'spam/phrase': 0 });
    expect((await look({ phrases: ['free money'] }))['spam/phrase']).toBeGreaterThanOrEqual(0.8);
  });
});
