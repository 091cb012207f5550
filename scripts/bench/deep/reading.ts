import { join } from 'node:path';
import type { Pixels } from '#libs/domain';
import { loadTextPack, type ReadOutput, TextSession } from '#libs/inference';
import { projectRoot } from '#libs/platform';
import sharp from 'sharp';
import type { Canvas } from '../../../test/fixtures/pictures.js';
import { background, samplePhotos } from '../../renders/backgrounds.js';
import { type TextStyle, withText } from '../../renders/draw-text.js';
import { Random } from '../../renders/random.js';
import { atMost, type BenchRow, figure, mean, percentile } from '../report.js';

/** What a picture of the usual kind may take of one core, in milliseconds. */
const typicalMs = 600;

const sizes = { '2 megapixels': [1_200, 1_600], '12 megapixels': [3_000, 4_000] } as const;
/** Of the em square, in shares of the picture's long side; capitals take seven tenths of it. */
const heights = [0.012, 0.016, 0.024, 0.04];
const angles: Record<string, (random: Random) => number> = {
  level: () => 0,
  'tilted by up to 15°': (random) => random.between(-15, 15),
  'upright or on its head': (random) => random.pick([90, 180, 270]),
  'at any angle': (random) => random.between(0, 360),
};
const lines = [
  'WhatsApp +1 415 555 2671',
  'Call 0171 2345678 now',
  'telegram @best_deals99',
  'www.cheap-pills.example.com',
  'DM me for price list',
];

/** What reading costs, and how small and how askew writing may be: the reader alone, in one thread. */
export const readingRows = async (isQuick: boolean): Promise<BenchRow[]> => {
  const session = await TextSession.open(await loadTextPack(join(projectRoot, 'models', 'overlay-text')));
  const photos = samplePhotos(['photos']);
  // the first look pays for what every later one finds ready
  for (const [width, height] of Object.values(sizes)) {
    const picture = await background(new Random(0), photos, width, height);
    const style = { ...plain, size: Math.round(0.03 * height) };
    await look(session, await overlaid(picture, [...lines], style, new Random(0)));
  }
  const costs = await costRows(session, photos, isQuick ? 3 : 20);
  return [...costs, ...(await readRows(session, photos, isQuick ? 5 : 40))];
};

const costRows = async (
  session: TextSession,
  photos: readonly string[],
  pictures: number,
): Promise<BenchRow[]> => {
  const rows: BenchRow[] = [];
  for (const [name, [width, height]] of Object.entries(sizes)) {
    for (const written of [0, 3, 60]) {
      const looks: { cpuMs: number; output: ReadOutput }[] = [];
      for (let seed = 0; seed < pictures; seed += 1) {
        const random = new Random(seed);
        const text = Array.from({ length: written }, () => random.pick(lines));
        const picture = await background(random, photos, width, height);
        const size = written > 3 ? 0.6 * (height / written) : 0.03 * height;
        const style = { ...plain, size: Math.round(size), box: '#000000c0' };
        looks.push(await look(session, written > 0 ? await overlaid(picture, text, style, random) : picture));
      }
      const cpu = looks.map(({ cpuMs }) => cpuMs);
      const title = `${name}, ${written} lines: processor time`;
      rows.push(
        written > 3 ? figure(title, 'ms', mean(cpu)) : atMost(title, 'ms', mean(cpu), typicalMs),
        figure(`${title}, largest`, 'ms', percentile(cpu, 1)),
        figure(
          `${name}, ${written} lines: left out`,
          'lines',
          mean(looks.map(({ output }) => output.leftOut.length)),
        ),
      );
    }
  }
  return rows;
};

const readRows = async (
  session: TextSession,
  photos: readonly string[],
  pictures: number,
): Promise<BenchRow[]> => {
  const rows: BenchRow[] = [];
  const [width, height] = sizes['2 megapixels'];
  for (const share of heights) {
    for (const [name, angle] of Object.entries(angles)) {
      const random = new Random(Math.round(share * 10_000));
      let read = 0;
      for (let at = 0; at < pictures; at += 1) {
        const text = lines[at % lines.length]!;
        const picture = await background(random, photos, width, height);
        const style = { ...plain, size: Math.round(share * height), angle: angle(random) };
        const { output } = await look(session, await overlaid(picture, [text], style, random));
        if (joined(output.lines.map((line) => line.text)).includes(joined([text]))) read += 1;
      }
      rows.push(
        figure(`letters of ${share * 100} % of the long side, ${name}: read`, 'share', read / pictures),
      );
    }
  }
  return rows;
};

const plain: TextStyle = {
  cut: '500Medium',
  size: 0,
  colour: '#ffffff',
  outline: '#000000',
  angle: 0,
  opacity: 1,
  align: 'left',
};

/** Without the spaces, which reading loses first, and by which no contact is told. */
const joined = (text: readonly string[]): string => text.join('').replace(/\s/gu, '').toLowerCase();

const overlaid = async (
  picture: Canvas,
  text: string[],
  style: TextStyle,
  random: Random,
): Promise<Canvas> => {
  const jpeg = await sharp(await withText(picture, text, style, random))
    .jpeg({ quality: 85 })
    .toBuffer();
  const { data, info } = await sharp(jpeg).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
};

const look = async (
  session: TextSession,
  { data, width, height }: Canvas,
): Promise<{ cpuMs: number; output: ReadOutput }> => {
  const view: Pixels = { data: new Uint8Array(data), width, height };
  const before = process.cpuUsage();
  const [outcome] = (await session.run([view])).outputs;
  const { user, system } = process.cpuUsage(before);
  if (!outcome?.ok) throw new Error(outcome?.detail);
  return { cpuMs: (user + system) / 1_000, output: outcome.value };
};
