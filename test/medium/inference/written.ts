import { join } from 'node:path';
import sharp from 'sharp';
import type { Pixels } from '#libs/domain';
import { projectRoot } from '#libs/platform';

const fontfile = join(projectRoot, 'node_modules/@expo-google-fonts/roboto/500Medium/Roboto_500Medium.ttf');

export interface Writing {
  text: string;
  /** pixels; of the font's em square, of which capitals take seven tenths */
  size: number;
  colour?: string;
  /** degrees, clockwise */
  angle?: number;
  /** of the writing's middle, in shares of the picture */
  at?: { x: number; y: number };
  /** a line around each letter */
  outline?: string;
}

/** A copy of the picture with something written over it. */
export const written = async (picture: Pixels, writing: Writing): Promise<Pixels> => {
  const { angle = 0, at = { x: 0.5, y: 0.5 }, outline } = writing;
  const inner = await letters(writing, writing.colour ?? 'white');
  const behind = outline ? await letters(writing, outline) : undefined;
  const reach = Math.max(1, Math.round(writing.size / 24));
  const around = [-reach, 0, reach].flatMap((x) => [-reach, 0, reach].map((y) => ({ x, y })));
  const width = inner.info.width + 2 * reach;
  const height = inner.info.height + 2 * reach;
  const layer = await sharp({ create: { width, height, channels: 4, background: clear } })
    .composite([
      ...(behind ? around.map(({ x, y }) => ({ input: behind.data, left: reach + x, top: reach + y })) : []),
      { input: inner.data, left: reach, top: reach },
    ])
    .png()
    .toBuffer();
  const turned = await sharp(layer)
    .rotate(angle, { background: clear })
    .png()
    .toBuffer({ resolveWithObject: true });
  return overlaid(picture, turned.data, {
    left: Math.round(at.x * picture.width - turned.info.width / 2),
    top: Math.round(at.y * picture.height - turned.info.height / 2),
  });
};

const clear = { r: 0, g: 0, b: 0, alpha: 0 };

/** At 72 dots an inch, a point is a pixel. */
const letters = (
  { text, size }: Writing,
  colour: string,
): Promise<{ data: Buffer; info: { width: number; height: number } }> =>
  sharp({
    text: {
      text: `<span foreground="${colour}">${text}</span>`,
      font: `Roboto Medium ${size}`,
      fontfile,
      rgba: true,
      dpi: 72,
    },
  })
    .png()
    .toBuffer({ resolveWithObject: true });

const overlaid = async (
  { data, width, height }: Pixels,
  input: Buffer,
  place: { left: number; top: number },
): Promise<Pixels> => {
  const bytes = await sharp(data, { raw: { width, height, channels: 3 } })
    .composite([{ input, ...place }])
    .removeAlpha()
    .raw()
    .toBuffer();
  return { data: new Uint8Array(bytes), width, height };
};
