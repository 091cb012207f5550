import { describe, expect, it } from '@jest/globals';
import type { Pixels } from '#libs/domain';
import {
  animated,
  animatedHalfSeen,
  avif,
  type Canvas,
  drawnInAlpha,
  gif,
  hiddenUnderAlpha,
  jpeg,
  opaquePng,
  paint,
  png,
  rotatedJpeg,
  scene,
  seeded,
  webp,
} from '../../../../test/fixtures/pictures.js';
import { decode, type DecodeTarget, defaultImageLimits, inspect, mostViews } from '../index.js';

const whole: DecodeTarget = { minShortSide: 10_000, sampledFrames: 3 };

const viewsOf = async (bytes: Buffer, target = whole): Promise<Pixels[]> => {
  const facts = await inspect(bytes, defaultImageLimits);
  if (!facts.ok) throw new Error(facts.detail);
  const decoded = await decode(bytes, facts.value, target);
  if (!decoded.ok) throw new Error(decoded.detail);
  for (const view of decoded.value.views) expect(view.data.length).toBe(view.width * view.height * 3);
  return decoded.value.views;
};

const onlyView = async (bytes: Buffer, target = whole): Promise<Pixels> => {
  const views = await viewsOf(bytes, target);
  expect(views).toHaveLength(1);
  return views[0]!;
};

/** Mean absolute difference of two pictures of one size, 0–255. */
const difference = (a: Canvas | Pixels, b: Canvas | Pixels): number => {
  expect([a.width, a.height]).toEqual([b.width, b.height]);
  let sum = 0;
  for (let at = 0; at < a.data.length; at++) sum += Math.abs(a.data[at]! - b.data[at]!);
  return sum / a.data.length;
};

const flat = (width: number, height: number, value: number): Pixels => ({
  data: new Uint8Array(width * height * 3).fill(value),
  width,
  height,
});

const rotate180 = ({ data, width, height }: Canvas): Canvas => {
  const turned = Buffer.alloc(data.length);
  for (let from = 0, to = data.length - 3; from < data.length; from += 3, to -= 3)
    data.copy(turned, to, from, from + 3);
  return { data: turned, width, height };
};

const picture = scene(7, 300, 200);

describe('decode', () => {
  it.each([
    ['JPEG', jpeg(picture, { quality: 95, chromaSubsampling: '4:4:4' }), 3],
    ['progressive JPEG', jpeg(picture, { quality: 95, progressive: true }), 3],
    ['PNG', png(picture), 0],
    ['RGBA PNG', opaquePng(picture), 0],
    ['16-bit PNG', paint(picture).toColourspace('rgb16').png().toBuffer(), 1],
    ['WebP', webp(picture), 6],
    ['GIF', gif(picture), 12],
    ['AVIF', avif(picture), 6],
  ] as const)('gives back the picture in a %s', async (_format, bytes, tolerance) => {
    expect(difference(await onlyView(await bytes), picture)).toBeLessThanOrEqual(tolerance);
  });

  it('gives three channels for a grey picture, by either decoder', async () => {
    const grey = paint(picture).toColourspace('b-w');
    const fromJpeg = await onlyView(await grey.clone().jpeg({ quality: 95 }).toBuffer());
    const fromPng = await onlyView(await grey.clone().png().toBuffer());
    expect(difference(fromJpeg, fromPng)).toBeLessThan(3);
    expect(fromPng.data[0]).toBe(fromPng.data[1]);
  });

  it('converts CMYK', async () => {
    const cmyk = await paint(flatCanvas(0, 0, 255))
      .toColourspace('cmyk')
      .jpeg({ quality: 95 })
      .toBuffer();
    const [red, , blue] = (await onlyView(cmyk)).data;
    expect(blue! - red!).toBeGreaterThan(60);
  });

  it('honours a colour profile that is not sRGB', async () => {
    const wide = await paint(flatCanvas(60, 200, 60))
      .withIccProfile('p3')
      .jpeg({ quality: 100 })
      .toBuffer();
    const plain = await paint(flatCanvas(60, 200, 60))
      .jpeg({ quality: 100 })
      .toBuffer();
    expect(difference(await onlyView(wide), await onlyView(plain))).toBeLessThan(3);
  });

  it.each([3, 6, 8])('turns a JPEG of EXIF orientation %i upright', async (orientation) => {
    const view = await onlyView(await rotatedJpeg(picture, orientation));
    if (orientation === 3) expect(difference(view, rotate180(picture))).toBeLessThan(5);
    else expect([view.width, view.height]).toEqual([200, 300]);
  });

  it.each([
    ['landscape PNG', png(scene(1, 900, 600)), [600, 400]],
    ['portrait PNG', png(scene(1, 600, 900)), [400, 600]],
    ['rotated JPEG', rotatedJpeg(scene(1, 900, 600), 6), [400, 600]],
    ['WebP with alpha', opaquePng(scene(1, 900, 600)), [600, 400]],
  ] as const)('shrinks the short side of a %s exactly to what is asked', async (_what, bytes, size) => {
    const view = await onlyView(await bytes, { minShortSide: 400, sampledFrames: 1 });
    expect([view.width, view.height]).toEqual(size);
  });

  it('never enlarges, and never shrinks below what is asked', async () => {
    for (const bytes of [await png(picture), await jpeg(picture), await rotatedJpeg(picture, 8)]) {
      const view = await onlyView(bytes, { minShortSide: 200, sampledFrames: 1 });
      expect(Math.min(view.width, view.height)).toBe(200);
    }
  });

  it('shrinks a JPEG that is too large to be held in full', async () => {
    const bytes = await jpeg(scene(1, 2600, 1600));
    const view = await onlyView(bytes, { minShortSide: 300, sampledFrames: 1 });
    expect(view.height).toBe(300);
  });

  it('gives memory that can be handed to a thread', async () => {
    for (const bytes of [await jpeg(picture), await png(picture), await opaquePng(picture)]) {
      const { data } = await onlyView(bytes);
      structuredClone(data, { transfer: [data.buffer as ArrayBuffer] });
      expect(data.length).toBe(0);
    }
  });

  it('refuses data that is cut off wherever it is cut', async () => {
    for (const bytes of [await jpeg(picture), await png(picture), await webp(picture), await avif(picture)])
      for (const share of [0.3, 0.6, 0.9]) {
        const facts = await inspect(bytes, defaultImageLimits);
        if (!facts.ok) throw new Error(facts.detail);
        const cut = bytes.subarray(0, bytes.length * share);
        expect(await decode(cut, facts.value, whole)).toMatchObject({ ok: false, code: 'undecodable_image' });
      }
  });
});

describe('decode, of damaged bytes', () => {
  it.each([
    ['JPEG', jpeg(scene(1, 160, 120))],
    ['PNG', png(scene(1, 160, 120))],
    ['WebP', webp(scene(1, 160, 120))],
    ['GIF', gif(scene(1, 160, 120))],
    ['AVIF', avif(scene(1, 160, 120))],
  ] as const)('answers every damage to a %s with a picture or a refusal', async (_format, made) => {
    const bytes = await made;
    const random = seeded(9);
    for (let round = 0; round < 25; round++) {
      const damaged = Buffer.from(bytes);
      for (let times = 0; times < 4; times++)
        damaged[Math.floor(random() * damaged.length)] = Math.floor(random() * 256);
      const facts = await inspect(damaged, defaultImageLimits);
      const outcome = facts.ok ? await decode(damaged, facts.value, whole) : facts;
      if (!outcome.ok) expect(outcome.detail).toMatch(/\w/);
      else if ('views' in outcome.value)
        for (const { data, width, height } of outcome.value.views)
          expect(data.length).toBe(width * height * 3);
    }
  });
});

describe('decode, with transparency', () => {
  it('shows what is hidden under full transparency', async () => {
    const views = await viewsOf(await hiddenUnderAlpha(picture));
    expect(difference(views[0]!, flat(300, 200, 255))).toBe(0);
    expect(Math.min(...views.map((view) => difference(view, picture)))).toBe(0);
  });

  it('shows what is hidden under full transparency also when it shrinks', async () => {
    const views = await viewsOf(await hiddenUnderAlpha(picture), { minShortSide: 100, sampledFrames: 1 });
    const shrunk = await onlyView(await png(picture), { minShortSide: 100, sampledFrames: 1 });
    expect(Math.min(...views.map((view) => difference(view, shrunk)))).toBeLessThan(2);
  });

  it('shows what is drawn in the alpha channel alone', async () => {
    const views = await viewsOf(await drawnInAlpha(picture));
    expect(difference(views[0]!, flat(300, 200, 255))).toBeLessThan(1);
    const grey = await onlyView(await paint(picture).png().toBuffer());
    const onBlack = views.find((view) => difference(view, flat(300, 200, 255)) > 20);
    expect(onBlack).toBeDefined();
    expect(difference(onBlack!, grey)).toBeLessThan(60);
  });

  it('gives one view of an opaque picture', async () => {
    expect(await viewsOf(await opaquePng(picture))).toHaveLength(1);
  });
});

describe('decode, of animations', () => {
  const frames = [1, 2, 3, 4, 5].map((seed) => scene(seed, 120, 90));

  it.each(['gif', 'webp'] as const)(
    'looks at the first, the middle and the last frame of a %s',
    async (format) => {
      const views = await viewsOf(await animated(frames, format), { minShortSide: 1000, sampledFrames: 3 });
      expect(views).toHaveLength(3);
      [0, 2, 4].forEach((frame, index) => {
        expect(difference(views[index]!, frames[frame]!)).toBeLessThan(15);
      });
    },
  );

  it('looks at every frame where there are fewer than asked for', async () => {
    const views = await viewsOf(await animated(frames, 'gif'), { minShortSide: 1000, sampledFrames: 9 });
    expect(views).toHaveLength(5);
  });

  it('gives as many views as mostViews says where every frame hides another picture under half its alpha', async () => {
    const target = { minShortSide: 1000, sampledFrames: 3 };
    const views = await viewsOf(await animatedHalfSeen(frames), target);
    expect(views).toHaveLength(mostViews(target));
    expect(await viewsOf(await animatedHalfSeen(frames), { ...target, sampledFrames: 1 })).toHaveLength(
      mostViews({ sampledFrames: 1 }),
    );
  });
});

const flatCanvas = (red: number, green: number, blue: number): Canvas => {
  const data = Buffer.alloc(64 * 64 * 3);
  for (let at = 0; at < data.length; at += 3) data.set([red, green, blue], at);
  return { data, width: 64, height: 64 };
};
