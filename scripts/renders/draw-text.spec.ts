import { describe, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { scene } from '../../test/fixtures/pictures.js';
import { type TextStyle, withText } from './draw-text.js';
import { Random } from './random.js';

const style: TextStyle = {
  cut: '700Bold',
  size: 40,
  colour: '#ff0000',
  angle: 0,
  opacity: 1,
  align: 'left',
};
const picture = scene(5, 400, 300);

/** How many pixels are wholly of the colour. */
const redPixels = async (bytes: Buffer): Promise<number> => {
  const { data, info } = await sharp(bytes).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height, info.channels]).toEqual([400, 300, 3]);
  let red = 0;
  for (let at = 0; at < data.length; at += 3)
    red += Number(data[at] === 255 && data[at + 1] === 0 && data[at + 2] === 0);
  return red;
};

describe('text over a picture', () => {
  it('is drawn in its colour, more of it for more letters', async () => {
    const short = await redPixels(await withText(picture, ['WWW'], style, new Random(1)));
    const long = await redPixels(await withText(picture, ['WWW', 'WWW'], style, new Random(1)));
    expect(short).toBeGreaterThan(300);
    expect(long).toBeGreaterThan(1.5 * short);
  });

  it('has no markup: what looks like it is drawn as it is', async () => {
    const drawn = await redPixels(await withText(picture, ['<b>&amp;</b>'], style, new Random(1)));
    expect(drawn).toBeGreaterThan(300);
  });

  it('stays within the picture, however long it is', async () => {
    const drawn = await withText(picture, ['W'.repeat(80)], { ...style, angle: 10 }, new Random(2));
    expect(await sharp(drawn).metadata()).toMatchObject({ width: 400, height: 300 });
  });
});
