import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '#libs/platform';
import sharp, { type Sharp } from 'sharp';

const sampleFolder = join(projectRoot, '..', 'shared', 'data');
const cacheFolder = join(projectRoot, '.data', 'bench', 'pictures');

const photosIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => /\.jpe?g$/i.test(name))
    .sort()
    .map((name) => join(folder, name));

/** @throws Error where the sample photos are not there: figures from a handful of drawn pictures would mean little */
const samples = (kind: 'photos' | 'large'): string[] => {
  const folder = join(sampleFolder, kind);
  if (existsSync(folder)) return photosIn(folder);
  throw new Error(`The benchmarks need the sample photos in ${folder}, and there are none.`);
};

/** Sixty different ~500x375 photos of about 40 KB. */
export const smallPhotos = (): Promise<Buffer[]> =>
  cached('small', async () => Promise.all(samples('photos').map((file) => encodedNear(sharp(file), 40_000))));

const variants: ((picture: Sharp, width: number, height: number) => Sharp)[] = [
  (picture) => picture,
  (picture) => picture.flop(),
  (picture) => picture.flip(),
  (picture) => picture.rotate(180),
  (picture, width, height) =>
    picture.extract({ left: 0, top: 0, width: Math.floor(width * 0.95), height: Math.floor(height * 0.95) }),
  (picture) => picture.modulate({ brightness: 1.1, saturation: 0.9 }),
];

/** Sixty different photos with a short side of 700–1600 pixels and about 600 KB: six variants of each large sample. */
export const largePhotos = (): Promise<Buffer[]> =>
  cached('large', async () => {
    const made: Buffer[] = [];
    for (const file of samples('large')) {
      const { width, height } = await sharp(file).metadata();
      for (const variant of variants)
        made.push(await encodedNear(variant(sharp(file), width, height), 600_000));
    }
    return made;
  });

/** The baseline JPEG nearest to a size in bytes, by halving the range of qualities. */
const encodedNear = async (picture: Sharp, bytes: number): Promise<Buffer> => {
  let [low, high] = [20, 98];
  let best: Buffer | undefined;
  while (low <= high) {
    const quality = (low + high) >> 1;
    const encoded = await picture.clone().jpeg({ quality, chromaSubsampling: '4:2:0' }).toBuffer();
    if (!best || Math.abs(encoded.length - bytes) < Math.abs(best.length - bytes)) best = encoded;
    if (encoded.length > bytes) high = quality - 1;
    else low = quality + 1;
  }
  return best!;
};

const cached = async (kind: string, make: () => Promise<Buffer[]>): Promise<Buffer[]> => {
  const folder = join(cacheFolder, kind);
  if (!existsSync(folder)) {
    const made = await make();
    mkdirSync(folder, { recursive: true });
    made.forEach((bytes, index) =>
      writeFileSync(join(folder, `${String(index).padStart(3, '0')}.jpg`), bytes),
    );
  }
  return photosIn(folder).map((file) => readFileSync(file));
};

let serial = Math.floor(Math.random() * 0xffffffff);

/** The same picture in bytes never sent before: a JPEG comment with a serial number behind the start marker. */
export const withNewBytes = (jpeg: Buffer): Buffer => {
  const comment = Buffer.from([0xff, 0xfe, 0, 14, ...Buffer.from((serial++).toString(36).padStart(12, '0'))]);
  return Buffer.concat([jpeg.subarray(0, 2), comment, jpeg.subarray(2)]);
};
