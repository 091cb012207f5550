import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { Pixels } from '#libs/domain';
import { hammingDistance, pdqHash } from '#libs/hash-list';
import { decode, defaultImageLimits, inspect } from '#libs/images';
import { rotatedJpeg, scene } from '../../fixtures/pictures.js';

const root = join(import.meta.dirname, '../../..');
const samples = join(root, '../shared/data');
const references = join(samples, 'pdq');
const own = join(root, 'test/fixtures/photos');
const hasSamples = existsSync(references);
if (!hasSamples)
  console.log('The reference pictures (../shared/data/pdq) are not here: only the own pictures are hashed.');

/** Same bytes, same hash, but for what another JPEG decoder rounds otherwise (pdq/README.md of ThreatExchange). */
const mostBitsApart = 10;
/** Copies are recognised up to here. */
const nearDistance = 31;
/** Short side that the fast model's pack lets a decoder shrink to: four times its input. */
const shrunkShortSide = 896;

interface Expected {
  pdq: string | null;
  quality: number | null;
  reference_build: { pdq: string; quality: number } | null;
}

const pixelsOf = async (bytes: Buffer, minShortSide = 100_000): Promise<Pixels> => {
  const facts = await inspect(bytes, defaultImageLimits);
  if (!facts.ok) throw new Error(facts.detail);
  const decoded = await decode(bytes, facts.value, { minShortSide, sampledFrames: 1 });
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.value.views[0]!;
};

const filesIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder)
        .filter((name) => /\.jpe?g$/i.test(name))
        .map((name) => join(folder, name))
    : [];

(hasSamples ? describe : describe.skip)('pdqHash, on the pictures of the reference', () => {
  const images = hasSamples
    ? (
        JSON.parse(readFileSync(join(references, 'expected.json'), 'utf8')) as {
          images: Record<string, Expected>;
        }
      ).images
    : {};
  const known = Object.entries(images).flatMap(([name, { pdq, quality, reference_build: build }]) => {
    const expected = pdq ?? build?.pdq;
    return expected ? [{ name, expected, quality: quality ?? build?.quality }] : [];
  });
  const distances: number[] = [];
  afterAll(() => {
    const identical = distances.filter((distance) => distance === 0).length;
    const skipped = Object.keys(images).length - known.length;
    console.log(
      `PDQ: ${identical} of ${distances.length} identical to the reference, at most ${Math.max(...distances)} bits ` +
        `apart; ${skipped} without an expected hash skipped`,
    );
  });

  it.each(known)('hashes $name as the reference does', async ({ name, expected, quality }) => {
    const hash = pdqHash(await pixelsOf(readFileSync(join(references, name))));
    const distance = hammingDistance(hash.pdq, expected);
    distances.push(distance);
    expect(distance).toBeLessThanOrEqual(mostBitsApart);
    expect(hash.quality).toBe(quality);
  });

  it('gives most of them the very same hash', () => {
    expect(distances).toHaveLength(known.length);
    expect(distances.filter((distance) => distance === 0).length).toBeGreaterThan(known.length / 2);
  });
});

describe('pdqHash, on a decode that was shrunk on load', () => {
  const files = [
    ...filesIn(own),
    ...filesIn(join(samples, 'large')),
    ...(hasSamples ? ['modes/RGB.jpg', 'modes/RGBA.png', 'modes/L.png', 'modes/F.webp'] : []).map((name) =>
      join(references, name),
    ),
  ];

  const distances: number[] = [];
  afterAll(() => {
    const sorted = distances.toSorted((a, b) => a - b);
    console.log(
      `PDQ of shrunk decodes: median ${sorted[sorted.length >> 1]} bits from the whole, at most ${sorted.at(-1)}`,
    );
  });

  // So many that a share of them says something, also where there are no samples
  const drawn = Array.from({ length: 12 }, (_, seed) => ({
    name: `drawn scene ${seed}`,
    load: () => Promise.resolve<Pixels>(scene(seed, 1600, 1200)),
  }));
  const photos = files.map((file) => ({
    name: relative(root, file),
    load: () => pixelsOf(readFileSync(file)),
  }));

  it.each([...photos, ...drawn])('still matches the whole picture: $name', async ({ load }) => {
    const pixels = await load();
    // upside down by EXIF, as a JPEG of this size would be decoded in full otherwise
    const bytes = await rotatedJpeg({ ...pixels, data: Buffer.from(pixels.data) }, 3);
    const whole = pdqHash(await pixelsOf(bytes));
    const shrunk = pdqHash(await pixelsOf(bytes, shrunkShortSide));
    const distance = hammingDistance(whole.pdq, shrunk.pdq);
    distances.push(distance);
    expect(distance).toBeLessThan(nearDistance);
  });

  it('hardly changes in nine of ten', () => {
    // The rest have texture finer than the 512x512 pixels that the reference picks out of a large picture.
    const close = distances.filter((distance) => distance <= mostBitsApart).length;
    expect(close / distances.length).toBeGreaterThanOrEqual(0.9);
  });
});
