import { describe, expect, it } from '@jest/globals';
import { renderPreview } from './preview.js';
import { sharp } from './sharp.js';

const picture = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 4, background: { r: 255, g: 0, b: 0, alpha: 0 } } });

const rendered = async (bytes: Buffer, maxSide: number): Promise<Buffer> => {
  const preview = await renderPreview(bytes, { maxSide, blurred: false });
  if (!preview.ok) throw new Error(preview.detail);
  return preview.value;
};

describe('renderPreview', () => {
  it('fits a picture into its bound, and never enlarges one', async () => {
    const sizeOf = async (width: number, height: number) => {
      const preview = await sharp(
        await rendered(await picture(width, height).png().toBuffer(), 100),
      ).metadata();
      return [preview.width, preview.height];
    };
    expect(await sizeOf(400, 200)).toEqual([100, 50]);
    expect(await sizeOf(40, 20)).toEqual([40, 20]);
  });

  it('shows what is transparent as white', async () => {
    const { dominant } = await sharp(await rendered(await picture(50, 50).png().toBuffer(), 100)).stats();
    expect(Math.min(dominant.r, dominant.g, dominant.b)).toBeGreaterThan(240);
  });

  it('carries nothing of the original but the picture', async () => {
    const tagged = await picture(50, 50)
      .withExif({ IFD0: { Artist: 'somebody' } })
      .png()
      .toBuffer();
    expect((await sharp(tagged).metadata()).exif).toBeDefined();
    expect((await sharp(await rendered(tagged, 100)).metadata()).exif).toBeUndefined();
  });

  it('refuses what is no picture', async () => {
    const preview = await renderPreview(Buffer.from('text'), { maxSide: 100, blurred: true });
    expect(preview).toMatchObject({ ok: false, code: 'undecodable_image' });
  });
});
