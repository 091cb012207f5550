import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { markAsUntransferable } from 'node:worker_threads';
import {
  type Detection,
  evidenceSchema,
  type LinkRules,
  linkRulesSchema,
  phraseRulesSchema,
  type Pixels,
} from '#libs/domain';
import { QrCodeDetector } from '#libs/detectors';
import { decode, defaultImageLimits, inspect } from '#libs/images';
import { codeMatrix } from '../../../scripts/renders/code-matrix.js';
import { drawCode } from '../../../scripts/renders/draw-code.js';
import { qrConditions, renderCodes } from '../../../scripts/renders/qr-renders.js';
import { animated, type Canvas, hiddenUnderAlpha, scene } from '../../fixtures/pictures.js';

const patient = 60_000;
const category = 'spam/qr-code';

let detector: QrCodeDetector;
beforeAll(async () => {
  detector = await QrCodeDetector.open();
});
afterAll(() => detector.close());

const look = async (views: Pixels[], links: Partial<LinkRules> = {}): Promise<Detection> => {
  const rules = { links: linkRulesSchema.parse(links), phrases: phraseRulesSchema.parse({}) };
  const answer = await detector.detect(views, { rules, deadlineMs: patient });
  if (!answer.ok) throw new Error(`${answer.code}: ${answer.detail}`);
  return answer.value;
};

const viewsOf = async (bytes: Buffer): Promise<Pixels[]> => {
  const facts = await inspect(bytes, defaultImageLimits);
  if (!facts.ok) throw new Error(facts.detail);
  const { minShortSide } = detector;
  const image = await decode(bytes, facts.value, { minShortSide, sampledFrames: 4 });
  if (!image.ok) throw new Error(image.detail);
  return image.value.views;
};

const textsOf = ({ evidence }: Detection): string[] => evidence.map(({ text }) => text).sort();

/** A scene with a code in its middle, or elsewhere. */
const withCode = async (
  payload: string | Uint8Array,
  { moduleSize = 4, x = 250, y = 187, seed = 1, format = 'QRCode' as const } = {},
): Promise<Canvas> => {
  const canvas = scene(seed, 500, 375);
  const upright = { moduleSize, x, y, rotation: 0, tilt: [0, 0], quietZone: 4 } as const;
  drawCode(canvas, await codeMatrix(payload, format), {
    ...upright,
    dark: [0, 0, 0],
    light: [255, 255, 255],
  });
  return canvas;
};
const pixelsOf = ({ data, width, height }: Canvas): Pixels => ({ data: new Uint8Array(data), width, height });
const plain = (width: number, height: number, value: number): Pixels => ({
  data: new Uint8Array(width * height * 3).fill(value),
  width,
  height,
});

describe('codes in pictures', () => {
  it.each(Object.keys(qrConditions) as (keyof typeof qrConditions)[])(
    'that are %s are read',
    async (condition) => {
      // a drawn scene: the same in a clone without sample photos
      const { bytes, payloads } = await renderCodes(qrConditions[condition], 11, []);
      const seen = await look(await viewsOf(bytes));
      expect(textsOf(seen)).toEqual([...payloads].sort());
      expect(seen.scores).toEqual({ [category]: 0.8 });
    },
  );

  it('with modules below two pixels are read where the picture is small', async () => {
    const seen = await look([pixelsOf(await withCode('https://small.example/abc', { moduleSize: 1.6 }))]);
    expect(textsOf(seen)).toEqual(['https://small.example/abc']);
  });

  it('are read in a Micro QR code', async () => {
    const canvas = await withCode('12345678', { format: 'MicroQRCode' as never });
    expect(textsOf(await look([pixelsOf(canvas)]))).toEqual(['12345678']);
  });

  it('are shown where they are', async () => {
    const { evidence } = await look([pixelsOf(await withCode('https://a.example/', { x: 350, y: 100 }))]);
    const side = 25 * 4;
    const expected = [
      [350 - side / 2, 100 - side / 2],
      [350 + side / 2, 100 - side / 2],
      [350 + side / 2, 100 + side / 2],
      [350 - side / 2, 100 + side / 2],
    ];
    evidence[0]!.box!.forEach(([x, y], corner) => {
      expect(Math.abs(x * 500 - expected[corner]![0]!)).toBeLessThan(8);
      expect(Math.abs(y * 375 - expected[corner]![1]!)).toBeLessThan(8);
    });
  });

  it('that say bytes are shown as hex', async () => {
    const seen = await look([pixelsOf(await withCode(Uint8Array.of(0, 1, 2, 254, 255)))]);
    expect(seen.evidence).toMatchObject([{ text: '000102feff', note: 'bytes, as hex', score: 0.8 }]);
    expect(evidenceSchema.parse(seen.evidence[0])).toEqual(seen.evidence[0]);
  });

  it('that say a lot are shown shortened', async () => {
    const seen = await look([pixelsOf(await withCode(`x${'日本語'.repeat(250)}`, { moduleSize: 2.6 }))]);
    expect(seen.evidence[0]!.text).toHaveLength(500);
    expect(evidenceSchema.parse(seen.evidence[0])).toEqual(seen.evidence[0]);
  });
});

describe('codes in what a picture hides', () => {
  it('are found in a later frame', async () => {
    const frames = [scene(1), scene(2), await withCode('https://later.example/'), scene(4)];
    const seen = await look(await viewsOf(await animated(frames, 'gif')));
    expect(textsOf(seen)).toEqual(['https://later.example/']);
  });

  it('are found under full transparency', async () => {
    const bytes = await hiddenUnderAlpha(await withCode('https://hidden.example/'));
    expect(textsOf(await look(await viewsOf(bytes)))).toEqual(['https://hidden.example/']);
  });

  it('are named once, however many views show them', async () => {
    const canvas = await withCode('https://same.example/');
    expect(textsOf(await look([pixelsOf(canvas), pixelsOf(canvas)]))).toEqual(['https://same.example/']);
  });
});

describe('the lists of a policy', () => {
  const lists = { allow: ['good.example'], deny: ['evil.example'] };
  const scoreOf = async (...payloads: string[]): Promise<number | undefined> => {
    const views = await Promise.all(payloads.map(async (payload) => pixelsOf(await withCode(payload))));
    return (await look(views, lists)).scores[category];
  };

  it('make a denied domain certain, and an allowed one harmless', async () => {
    expect(await scoreOf('https://shop.good.example/x')).toBe(0);
    expect(await scoreOf('https://elsewhere.example/x')).toBe(0.8);
    expect(await scoreOf('HTTPS://EVIL.EXAMPLE/X')).toBe(1);
  });

  it('count by the worst of several codes', async () => {
    expect(await scoreOf('https://good.example', 'https://elsewhere.example')).toBe(0.8);
    expect(await scoreOf('https://good.example', 'https://evil.example', 'tel:1234567')).toBe(1);
  });

  it('leave the evidence of harmless codes', async () => {
    const seen = await look([pixelsOf(await withCode('https://good.example/'))], lists);
    expect(seen.evidence).toMatchObject([
      { text: 'https://good.example/', note: 'allowed domain', score: 0 },
    ]);
  });
});

describe('pictures without codes', () => {
  it.each([
    ['white', () => plain(400, 300, 255)],
    ['black', () => plain(400, 300, 0)],
    ['one pixel', () => plain(1, 1, 128)],
    ['one row', () => plain(4000, 1, 128)],
    ['one column', () => plain(1, 4000, 128)],
    ['4 MP', () => plain(8000, 500, 200)],
    [
      'a checkerboard',
      () => ({
        ...plain(300, 300, 0),
        data: Uint8Array.from(
          { length: 270_000 },
          (_, at) => ((((at / 9) | 0) + ((at / 2700) | 0)) % 2) * 255,
        ),
      }),
    ],
    [
      'noise',
      () => ({
        ...plain(500, 500, 0),
        data: Uint8Array.from({ length: 750_000 }, (_, at) => Math.imul(at, 2654435761) >>> 24),
      }),
    ],
  ])('say nothing: %s', async (_what, view) => {
    expect(await look([view()])).toMatchObject({ scores: { [category]: 0 }, evidence: [] });
  });

  it.each(['EAN13', 'Code128', 'DataMatrix', 'PDF417', 'AztecCode'] as const)(
    'say nothing where they show another kind of code: %s',
    async (format) => {
      const payload = format === 'EAN13' ? '4006381333931' : 'PARCEL 12345';
      const seen = await look([
        pixelsOf(await withCode(payload, { format: format as never, moduleSize: 3 })),
      ]);
      expect(seen.evidence).toEqual([]);
    },
  );
});

describe('looking', () => {
  const rules = { links: linkRulesSchema.parse({}), phrases: phraseRulesSchema.parse({}) };

  it('takes over the memory of views', async () => {
    const view = pixelsOf(await withCode('https://a.example/'));
    const looking = look([view]);
    expect(view.data.length).toBe(0);
    expect((await looking).evidence).toHaveLength(1);
  });

  it('copies memory that cannot be given away', async () => {
    const pooled = await withCode('https://pooled.example/');
    const fixed = pixelsOf(await withCode('https://fixed.example/'));
    markAsUntransferable(fixed.data.buffer);
    const seen = await look([{ ...pooled, data: pooled.data.subarray() }, fixed]);
    expect(textsOf(seen)).toEqual(['https://fixed.example/', 'https://pooled.example/']);
  });

  it('ends at the deadline', async () => {
    const views = Array.from({ length: 20 }, () => plain(2000, 2000, 255));
    expect(await detector.detect(views, { rules, deadlineMs: 5 })).toEqual({
      ok: false,
      code: 'deadline_exceeded',
      detail: 'not read within 5 ms',
    });
    expect(await detector.detect([plain(9, 9, 0)], { rules, deadlineMs: 0 })).toMatchObject({
      code: 'deadline_exceeded',
    });
    expect(await look([pixelsOf(await withCode('https://after.example/'))])).toMatchObject({
      scores: { [category]: 0.8 },
    });
  });

  it('goes on after pixels that are fewer than the sides say', async () => {
    const lying: Pixels = { data: new Uint8Array(30), width: 1000, height: 1000 };
    expect(await look([lying])).toMatchObject({ evidence: [] });
    const absurd: Pixels = { data: new Uint8Array(3), width: 2 ** 31, height: 2 ** 20 };
    const answer = await detector.detect([absurd], { rules, deadlineMs: patient });
    expect(answer).toMatchObject({ ok: false, code: 'failed' });
    expect(await look([pixelsOf(await withCode('https://after.example/'))])).toMatchObject({
      scores: { [category]: 0.8 },
    });
  });

  it('is over once it is closed, but what is under way is finished', async () => {
    const closing = await QrCodeDetector.open();
    const last = closing.detect([pixelsOf(await withCode('https://last.example/'))], {
      rules,
      deadlineMs: patient,
    });
    await closing.close();
    expect(await last).toMatchObject({ ok: true });
    expect(await closing.detect([plain(9, 9, 0)], { rules, deadlineMs: patient })).toMatchObject({
      code: 'closed',
    });
  });
});
