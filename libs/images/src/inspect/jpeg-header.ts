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
  /** the embedded colour profile, put together from its segments */
  iccProfile: Buffer | undefined;
  /** offset of the first SOS marker */
  firstScan: number;
}

const SOS = 0xda;
const EOI = 0xd9;
const APP1 = 0xe1;
const APP2 = 0xe2;
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
 * millisecond of CPU on every upload. Undefined where the structure is broken, or no picture follows.
 */
export const readJpegHeader = (bytes: Buffer): JpegHeader | undefined => {
  let frame: FrameHeader | undefined;
  let orientation: number | undefined;
  const iccChunks: Buffer[] = [];

  for (let at = 2; at + 4 <= bytes.length;) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1]!;
    // any number of 0xFF may fill the space before a marker
    if (marker === 0xff) {
      at += 1;
      continue;
    }
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
  return Buffer.concat(
    chunks.sort((a, b) => number(a) - number(b)).map((chunk) => chunk.subarray(iccPreamble.length + 2)),
  );
};

const startOfScan = Buffer.from([0xff, SOS]);

/**
 * Whether there are more scans than `most`. Each scan of a progressive file walks the whole picture again, so a few
 * KB of empty scans can keep a decoder busy for minutes ("Two Issues with the JPEG Standard", libjpeg-turbo, 2015).
 * FF DA cannot occur inside entropy-coded data, where FF is always stuffed.
 */
export const hasMoreScansThan = (most: number, bytes: Buffer, firstScan: number): boolean => {
  let scans = 0;
  for (let at = firstScan; at !== -1; at = bytes.indexOf(startOfScan, at + 2)) {
    scans += 1;
    if (scans > most) return true;
  }
  return false;
};
