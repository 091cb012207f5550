import path from 'node:path';
import sharp from 'sharp';
import { projectRoot } from '#libs/platform';
import type { Canvas } from '../../test/fixtures/pictures.js';
import type { Random } from './random.js';

const fonts = path.join(projectRoot, 'node_modules/@expo-google-fonts/roboto');

/** Cuts of Roboto (SIL Open Font License, in the package of their name): the folder, and the name that Pango knows. */
const cuts = {
  '400Regular': 'Roboto',
  '500Medium': 'Roboto Medium',
  '700Bold': 'Roboto Bold',
  '900Black': 'Roboto Black',
  '300Light': 'Roboto Light',
  '400Regular_Italic': 'Roboto Italic',
  '700Bold_Italic': 'Roboto Bold Italic',
} as const;

/** How an overlay looks. */
export interface TextStyle {
  cut: keyof typeof cuts;
  /** pixels of the font's em square, of which capitals take seven tenths */
  size: number;
  colour: string;
  /** around each letter */
  outline?: string;
  /** behind the whole: a colour with its opacity */
  box?: string;
  /** degrees, clockwise */
  angle: number;
  /** 0–1 */
  opacity: number;
  align: 'left' | 'centre' | 'right';
}

const contrasts = [
  ['#ffffff', '#000000'],
  ['#000000', '#ffffff'],
  ['#ffe600', '#000000'],
  ['#ff2d55', '#ffffff'],
  ['#0a3cff', '#ffffff'],
  ['#00d26a', '#101010'],
] as const;

/** @param height of the picture, in pixels: of which a line takes three to eight hundredths */
export const drawStyle = (random: Random, height: number): TextStyle => {
  const [colour, other] = random.pick(contrasts);
  const [isOutlined, isBoxed] = [random.chance(0.6), random.chance(0.35)];
  return {
    cut: random.pick(Object.keys(cuts) as (keyof typeof cuts)[]),
    size: Math.round(random.between(0.03, 0.08) * height),
    colour,
    outline: isOutlined || !isBoxed ? other : undefined,
    box: isBoxed ? `${other}${random.pick(['ff', 'cc', '90'])}` : undefined,
    angle: random.chance(0.5) ? 0 : random.between(-10, 10),
    opacity: random.chance(0.8) ? 1 : random.between(0.7, 1),
    align: random.pick(['left', 'centre', 'right']),
  };
};

const clear = { r: 0, g: 0, b: 0, alpha: 0 };

/**
 * The picture with lines written over it, where `random` puts them, as large as their style says or as fits.
 *
 */
export const withText = async (
  picture: Canvas,
  lines: string[],
  style: TextStyle,
  random: Random,
): Promise<Buffer> => {
  const block = await layer(lines, style);
  const room = { width: Math.floor(picture.width * 0.96), height: Math.floor(picture.height * 0.96) };
  const { data, info } = await sharp(block)
    .rotate(style.angle, { background: clear })
    .resize({ ...room, fit: 'inside', withoutEnlargement: true })
    .png()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = picture;
  return sharp(picture.data, { raw: { width, height, channels: 3 } })
    .composite([
      { input: data, left: random.whole(0, width - info.width), top: random.whole(0, height - info.height) },
    ])
    .removeAlpha()
    .png({ compressionLevel: 1 })
    .toBuffer();
};

const layer = async (lines: string[], style: TextStyle): Promise<Buffer> => {
  const inner = await letters(lines, style, style.colour);
  const outer = style.outline === undefined ? undefined : await letters(lines, style, style.outline);
  const reach = Math.max(1, Math.round(style.size / 20));
  const margin = Math.round(style.size / 3);
  const ring = [-reach, 0, reach].flatMap((x) =>
    [-reach, 0, reach].map((y) => [margin + x, margin + y] as const),
  );
  const width = inner.info.width + 2 * margin;
  const height = inner.info.height + 2 * margin;
  const drawn = await sharp({ create: { width, height, channels: 4, background: style.box ?? clear } })
    .composite([
      ...(outer ? ring.map(([left, top]) => ({ input: outer.data, left, top })) : []),
      { input: inner.data, left: margin, top: margin },
    ])
    .png()
    .toBuffer();
  if (style.opacity === 1) return drawn;
  const alpha = Buffer.from([255, 255, 255, Math.round(style.opacity * 255)]);
  return sharp(drawn)
    .composite([{ input: alpha, raw: { width: 1, height: 1, channels: 4 }, tile: true, blend: 'dest-in' }])
    .png()
    .toBuffer();
};

/** At 72 dots an inch, a point is a pixel. */
const letters = (
  lines: string[],
  { cut, size, align }: TextStyle,
  colour: string,
): Promise<{ data: Buffer; info: { width: number; height: number } }> =>
  sharp({
    text: {
      text: `<span foreground="${colour}">${lines.map(escaped).join('\n')}</span>`,
      font: `${cuts[cut]} ${size}`,
      fontfile: path.join(fonts, cut, `Roboto_${cut}.ttf`),
      rgba: true,
      dpi: 72,
      align,
      spacing: Math.round(size / 5),
    },
  })
    .png()
    .toBuffer({ resolveWithObject: true });

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
