import { readFile } from 'node:fs/promises';
import { QrCodeDetector } from '#libs/detectors';
import {
  type Detection,
  linkRulesSchema,
  type LookOptions,
  phraseRulesSchema,
  type Pixels,
  proportionOf,
} from '#libs/domain';
import { decode, defaultImageLimits, inspect } from '#libs/images';
import sharp from 'sharp';
import { samplePhotos } from '../../renders/backgrounds.js';
import { hardQrConditions, otherCodes, qrConditions, renderCodes } from '../../renders/qr-renders.js';
import { atLeast, atMost, type BenchRow, figure, mean, percentile } from '../report.js';

/** short sides at which photos are shown once more, in pixels */
const scales = [240, 480, 1000, 1500];
const options: LookOptions = {
  rules: { links: linkRulesSchema.parse({}), phrases: phraseRulesSchema.parse({}) },
  deadlineMs: 60_000,
};

/**
 * What of the codes on renders is read, and what is read where there is none: `qr-code` behind the decoder, as in the
 * worker. Renders lie on the sample photos, or on drawn scenes where there are none.
 */
export const qrRows = async (isQuick: boolean): Promise<BenchRow[]> => {
  const detector = await QrCodeDetector.open();
  try {
    const share = isQuick ? 0.1 : 1;
    return [
      ...(await recallRows(detector, share)),
      ...(await hardRows(detector, share)),
      ...(await falseAlarmRows(detector, share)),
    ];
  } finally {
    await detector.close();
  }
};

interface Tally {
  found: number;
  codes: number;
}

/** Renders of one kind; fewer of the large ones, which take a second each to make. */
const rendersOf = (condition: string): number => (condition.includes('12 MP') ? 60 : 100);

const recallRows = async (detector: QrCodeDetector, share: number): Promise<BenchRow[]> => {
  const rows: BenchRow[] = [];
  const all: Tally = { found: 0, codes: 0 };
  const costs: number[] = [];
  const largeCosts: number[] = [];
  for (const [index, [name, condition]] of Object.entries(qrConditions).entries()) {
    const isLarge = name.includes('12 MP');
    const tally = await read(
      detector,
      condition,
      index,
      rendersOf(name) * share,
      isLarge ? largeCosts : costs,
    );
    all.found += tally.found;
    all.codes += tally.codes;
    rows.push(figure(`codes read: ${name} (of ${tally.codes})`, '%', percent(tally)));
  }
  const { lower, upper } = proportionOf(all.found, all.codes)!;
  return [
    atLeast(`codes read (of ${all.codes})`, '%', percent(all), 97),
    figure('codes read, 95 % interval from', '%', 100 * lower),
    figure('codes read, 95 % interval to', '%', 100 * upper),
    ...rows,
    figure('CPU per picture, up to 1600 px', 'ms', mean(costs)),
    figure('CPU per picture, up to 1600 px, 95th percentile', 'ms', percentile(costs, 0.95)),
    figure('CPU per picture, 12 MP', 'ms', mean(largeCosts)),
    figure('CPU per picture, 12 MP, 95th percentile', 'ms', percentile(largeCosts, 0.95)),
  ];
};

/** Where reading ends: no target, as nobody is asked for it. */
const hardRows = async (detector: QrCodeDetector, share: number): Promise<BenchRow[]> => {
  const rows: BenchRow[] = [];
  for (const [index, [name, condition]] of Object.entries(hardQrConditions).entries()) {
    const tally = await read(detector, condition, 100 + index, rendersOf(name) * share, []);
    rows.push(figure(`hard: ${name} (of ${tally.codes})`, '%', percent(tally)));
  }
  return rows;
};

const read = async (
  detector: QrCodeDetector,
  condition: Parameters<typeof renderCodes>[0],
  kind: number,
  renders: number,
  costs: number[],
): Promise<Tally> => {
  const photos = samplePhotos();
  const tally = { found: 0, codes: 0 };
  for (let index = 0; index < renders; index++) {
    const { bytes, payloads } = await renderCodes(condition, kind * 1_000_000 + index, photos);
    const texts = await textsIn(detector, await viewsOf(detector, bytes), costs);
    tally.found += payloads.filter((payload) => texts.includes(payload)).length;
    tally.codes += payloads.length;
  }
  return tally;
};

const falseAlarmRows = async (detector: QrCodeDetector, share: number): Promise<BenchRow[]> => {
  const photos = samplePhotos();
  const rows: BenchRow[] = [];
  if (photos.length > 0) {
    let [alarms, alarmsScaled] = [0, 0];
    for (const photo of photos) {
      alarms += await alarmsIn(detector, await readFile(photo));
      for (const scale of scales) alarmsScaled += await alarmsIn(detector, await scaled(photo, scale));
    }
    rows.push(
      atMost(`false alarms on ${photos.length} sample photos`, 'pictures', alarms, 0),
      atMost(`false alarms on ${photos.length * scales.length} scaled ones`, 'pictures', alarmsScaled, 0),
    );
  }
  for (const [index, [name, condition]] of Object.entries(otherCodes).entries()) {
    let alarms = 0;
    const renders = 50 * share;
    for (let seed = 0; seed < renders; seed++) {
      const { bytes } = await renderCodes(condition, (200 + index) * 1_000_000 + seed, photos);
      alarms += await alarmsIn(detector, bytes);
    }
    rows.push(atMost(`false alarms on ${renders} renders of ${name}`, 'pictures', alarms, 0));
  }
  return rows;
};

const scaled = (photo: string, shortSide: number): Promise<Buffer> =>
  sharp(photo)
    .autoOrient()
    .resize({ width: shortSide, height: shortSide, fit: 'outside' })
    .jpeg({ quality: 85 })
    .toBuffer();

const alarmsIn = async (detector: QrCodeDetector, bytes: Buffer): Promise<number> =>
  (await textsIn(detector, await viewsOf(detector, bytes), [])).length > 0 ? 1 : 0;

const viewsOf = async (detector: QrCodeDetector, bytes: Buffer): Promise<Pixels[]> => {
  const facts = await inspect(bytes, defaultImageLimits);
  if (!facts.ok) throw new Error(facts.detail);
  const { minShortSide } = detector;
  const decoded = await decode(bytes, facts.value, { minShortSide, sampledFrames: 1 });
  if (!decoded.ok) throw new Error(decoded.detail);
  return decoded.value.views;
};

/** @param costs of the whole process for the look, decoding aside, in milliseconds of CPU; one is added */
const textsIn = async (detector: QrCodeDetector, views: Pixels[], costs: number[]): Promise<string[]> => {
  const before = process.cpuUsage();
  const seen = await detector.detect(views, options);
  const { user, system } = process.cpuUsage(before);
  costs.push((user + system) / 1000);
  if (!seen.ok) throw new Error(`${seen.code}: ${seen.detail}`);
  return textsOf(seen.value);
};

const textsOf = ({ evidence }: Detection): string[] => evidence.map(({ text }) => text);

const percent = ({ found, codes }: Tally): number => (100 * found) / codes;
