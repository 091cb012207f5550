import { setImmediate } from 'node:timers/promises';
import { exifOrientation } from './exif-orientation.js';

/** What stands before the first scan of a JPEG file. */
export interface JpegHeader {
  width: number;
  height: number;
  /** 1 grey, 3 colour, 4 CMYK or YCCK */
  components: number;
  /** bits per sample; 8 but for medical and archival files */
  precision: number;
  /** progressive, or one component after the other: more than one scan */
  multiScan: boolean;
  /** Huffman-coded, sequential or progressive: what every decoder knows */
  common: boolean;
  /** 1–8 */
  orientation: number;
  /** the embedded colour profile, put together from its segments; cut off beyond `mostProfileBytes` */
  iccProfile: Buffer | undefined;
  /** offset of the first SOS marker */
  firstScan: number;
}

const SOS = 0xda;
const EOI = 0xd9;
const APP1 = 0xe1;
const APP2 = 0xe2;
/**
 * Steps of the walk, which is on the event loop, over bytes that are anybody's. A profile of 16 MB has 255 segments,
 * and the metadata of 20 MB some 320.
 */
const mostSegments = 4_096;
/** 0xFF before markers: encoders write none or a few, and align to pages at most. */
const mostFillBytes = 65_536;
/** Those that say sRGB have a few KB. */
const mostProfileBytes = 1_000_000;
const exifPreamble = 'Exif\0\0';
const iccPreamble = 'ICC_PROFILE\0';

interface FrameHeader extends Pick<JpegHeader, 'width' | 'height' | 'components' | 'precision' | 'common'> {
  progressive: boolean;
}

/** ITU-T T.81 §B.2.2 */
const readFrameHeader = (marker: number, payload: Buffer): FrameHeader => ({
  precision: payload[0]!,
  height: payload.readUInt16BE(1),
  width: payload.readUInt16BE(3),
  components: payload[5]!,
  progressive: marker === 0xc2,
  common: marker <= 0xc2,
});

/** SOF0–SOF15, which share C4 (DHT), C8 (JPG) and CC (DAC) with others (ITU-T T.81, table B.1). */
const isFrameHeader = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

/** TEM and RSTn stand alone, without a length. */
const standsAlone = (marker: number): boolean => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);

/**
 * Walks the markers (ITU-T T.81 §B.1) up to the first scan, in microseconds: sharp's metadata() would cost a
 * millisecond of CPU on every upload. Undefined where the structure is broken, no picture follows, or it has too many
 * segments or fill bytes before.
 */
export const readJpegHeader = (bytes: Buffer): JpegHeader | undefined => {
  let frame: FrameHeader | undefined;
  let orientation: number | undefined;
  const iccChunks: Buffer[] = [];
  let segments = 0;
  let fillBytes = 0;

  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    // any number of 0xFF may fill the space before a marker
    if (marker === 0xff) {
      if (++fillBytes > mostFillBytes) return undefined;
      at += 1;
      continue;
    }
    if (++segments > mostSegments) return undefined;
    if (standsAlone(marker)) {
      at += 2;
      continue;
    }
    if (marker === SOS) {
      if (!frame) return undefined;
      const { progressive, ...rest } = frame;
      return {
        ...rest,
        multiScan: progressive || (bytes[at + 4] ?? 0) < frame.components,
        orientation: orientation ?? 1,
        iccProfile: joinProfile(iccChunks),
        firstScan: at,
      };
    }
    if (marker === EOI) return undefined;
    const length = bytes.readUInt16BE(at + 2);
    if (length < 2 || at + 2 + length > bytes.length) return undefined;
    const payload = bytes.subarray(at + 4, at + 2 + length);
    if (isFrameHeader(marker)) {
      if (frame || payload.length < 6) return undefined;
      frame = readFrameHeader(marker, payload);
    } else if (marker === APP1 && startsWith(payload, exifPreamble)) {
      orientation ??= exifOrientation(payload.subarray(exifPreamble.length));
    } else if (marker === APP2 && startsWith(payload, iccPreamble)) {
      iccChunks.push(payload);
    }
    at += 2 + length;
  }
  return undefined;
};

const startsWith = (payload: Buffer, text: string): boolean =>
  payload.length >= text.length && payload.toString('latin1', 0, text.length) === text;

/** Chunks carry their number and the count after the preamble (ICC.1:2022, annex B.4), and come in any order. */
const joinProfile = (chunks: Buffer[]): Buffer | undefined => {
  if (chunks.length === 0) return undefined;
  const number = (chunk: Buffer): number => chunk[iccPreamble.length] ?? 0;
  const parts = chunks
    .sort((a, b) => number(a) - number(b))
    .map((chunk) => chunk.subarray(iccPreamble.length + 2));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return Buffer.concat(parts, Math.min(length, mostProfileBytes));
};

const startOfScan = Buffer.from([0xff, SOS]);
/** What is searched in one go, in at most 5 ms: a search through nothing but FF is slow. */
const searchedBytes = 262_144;

/**
 * Whether there are more scans than `most`. Each scan of a progressive file walks the whole picture again, so a few
 * KB of empty scans can keep a decoder busy for minutes ("Two Issues with the JPEG Standard", libjpeg-turbo, 2015).
 * FF DA cannot occur inside entropy-coded data, where FF is always stuffed. Lets others have the event loop in between.
 */
export const hasMoreScansThan = async (most: number, bytes: Buffer, firstScan: number): Promise<boolean> => {
  let scans = 0;
  for (let from = firstScan; from < bytes.length; from += searchedBytes) {
    if (from > firstScan) await setImmediate();
    // one byte more, for a marker across the border
    const part = bytes.subarray(from, from + searchedBytes + 1);
    for (let at = part.indexOf(startOfScan); at !== -1; at = part.indexOf(startOfScan, at + 2))
      if (++scans > most) return true;
  }
  return false;
};
