import sharp from 'sharp';
import type { Canvas } from '../../test/fixtures/pictures.js';
import { background } from './backgrounds.js';
import { type CodeMatrix, codeMatrix } from './code-matrix.js';
import { drawCode, type Placement, reachOf } from './draw-code.js';
import { Random } from './random.js';

/** A picture with codes on it, as somebody might upload it. */
export interface Render {
  /** JPEG */
  bytes: Buffer;
  /** what the codes say */
  payloads: string[];
}

type Format = NonNullable<Parameters<typeof codeMatrix>[1]>;

/** What renders of one kind have in common; what is left out is drawn from the ranges of `ordinary`. */
interface Condition {
  /** pixels of a module's side */
  moduleSize?: readonly [number, number];
  /** degrees, to both sides */
  rotation?: number;
  /** JPEG quality */
  quality?: readonly [number, number];
  /** degrees that the plane leans at most, about either axis */
  tilt?: number;
  /** levels of 255 between dark and light */
  contrast?: readonly [number, number];
  isInverted?: boolean;
  /** side of the badge as a share of the code's; the code has error correction H then */
  logo?: readonly [number, number];
  codes?: readonly [number, number];
  /** characters after the host */
  pathLength?: readonly [number, number];
  quietZone?: readonly [number, number];
  /** blurred by so many pixels (a Gaussian's sigma), unevenly lit, and with noise */
  blur?: readonly [number, number];
  format?: Format;
  /** of the picture, in pixels; else a side of 640 to 1600 */
  size?: readonly [number, number];
}

const ordinary = {
  moduleSize: [2.5, 8],
  rotation: 180,
  quality: [30, 95],
  tilt: 0,
  contrast: [100, 255],
  isInverted: false,
  codes: [1, 1],
  pathLength: [4, 40],
  quietZone: [3, 5],
  format: 'QRCode',
} as const satisfies Condition;

/** A condition with nothing left out that every render needs. */
type Settings = Required<Omit<Condition, 'logo' | 'blur' | 'size'>> & Condition;

/** Kinds of renders, by name. All of them are turned by any angle but the first. */
export const qrConditions = {
  upright: { rotation: 4 },
  rotated: {},
  small: { moduleSize: [2.5, 3.5] },
  'compressed (quality 30–50)': { quality: [30, 50], moduleSize: [2.5, 4] },
  inverted: { isInverted: true },
  'low contrast': { contrast: [60, 110] },
  'logo on it': { logo: [0.18, 0.26] },
  'tilted up to 35°': { tilt: 35 },
  'two to five in a picture': { codes: [2, 5] },
  'photographed (blur, noise, uneven light)': { blur: [0.5, 1], tilt: 20, moduleSize: [4, 8] },
  'long payload': { pathLength: [200, 460], moduleSize: [2.5, 5] },
  'small in 12 MP': { moduleSize: [5.5, 9], size: [4000, 3000], quality: [60, 95] },
} as const satisfies Record<string, Condition>;
export type QrCondition = keyof typeof qrConditions;

/** Beyond what is asked of a detector: where reading ends. */
export const hardQrConditions = {
  'modules of 1.5–2 px': { moduleSize: [1.5, 2], quality: [60, 95] },
  'modules of 2–2.5 px': { moduleSize: [2, 2.5], quality: [60, 95] },
  'contrast of 25–60 levels': { contrast: [25, 60] },
  'no margin': { quietZone: [0, 0] },
  'strong blur': { blur: [1.5, 2.5], moduleSize: [4, 8] },
  'logo over a third': { logo: [0.33, 0.4] },
  'tilted up to 55°': { tilt: 55, moduleSize: [5, 10] },
  'Micro QR': { format: 'MicroQRCode', pathLength: [0, 0] },
  rMQR: { format: 'RMQRCode' },
  'smaller in 12 MP': { moduleSize: [3.5, 5.5], size: [4000, 3000], quality: [60, 95] },
} as const satisfies Record<string, Condition>;

/** Codes that nobody asks a detector of QR codes to find. */
export const otherCodes = {
  'Data Matrix': { format: 'DataMatrix' },
  Aztec: { format: 'AztecCode' },
  PDF417: { format: 'PDF417' },
  'Code 128': { format: 'Code128', pathLength: [0, 4] },
} as const satisfies Record<string, Condition>;

/** Renders a picture of a kind: the same one for the same seed and photos. @param photos to lie under it */
export const renderCodes = async (
  condition: Condition,
  seed: number,
  photos: readonly string[],
): Promise<Render> => {
  const random = new Random(seed);
  const wanted: Settings = {
    ...ordinary,
    ...condition,
  };
  const codes = await drawnCodes(random, wanted);
  const placed = codes.map(({ code }) => ({ code, placement: placementOf(random, wanted) }));
  const cell = Math.ceil(2 * Math.max(...placed.map(({ code, placement }) => reachOf(code, placement))));
  const columns = Math.ceil(Math.sqrt(codes.length));
  const rows = Math.ceil(codes.length / columns);
  const [width, height] = condition.size ?? sizeOf(random);
  const canvas = await background(
    random,
    photos,
    Math.max(width, columns * cell),
    Math.max(height, rows * cell),
  );
  placed.forEach(({ code, placement }, index) => {
    // each in a cell of its own, anywhere in it
    const [cellWidth, cellHeight] = [canvas.width / columns, canvas.height / rows];
    placement.x = (index % columns) * cellWidth + random.between(cell / 2, cellWidth - cell / 2);
    placement.y = Math.floor(index / columns) * cellHeight + random.between(cell / 2, cellHeight - cell / 2);
    drawCode(canvas, code, placement);
  });
  const quality = random.whole(...wanted.quality);
  return {
    bytes: await photographed(random, canvas, condition, quality),
    payloads: codes.map(({ payload }) => payload),
  };
};

interface DrawnCode {
  payload: string;
  code: CodeMatrix;
}

const drawnCodes = async (
  random: Random,
  { codes, pathLength, format, logo }: Settings,
): Promise<DrawnCode[]> => {
  const drawn: DrawnCode[] = [];
  for (let count = random.whole(...codes); count > 0; count--) {
    const payload =
      format === 'MicroQRCode' ? random.text(digits, 8) : drawnLink(random, random.whole(...pathLength));
    // Micro and rectangular codes have levels of their own
    const level = format === 'QRCode' ? (logo ? 'H' : random.pick(['L', 'M', 'Q', 'H'])) : '';
    drawn.push({ payload, code: await codeMatrix(payload, format, level) });
  }
  return drawn;
};

const digits = '0123456789';
const letters = 'abcdefghijklmnopqrstuvwxyz';

const drawnLink = (random: Random, pathLength: number): string =>
  `https://${random.text(letters, random.whole(4, 14))}.example/${random.text(`${letters}${digits}-_/`, pathLength)}`;

const placementOf = (random: Random, wanted: Settings): Placement => {
  const contrast = random.between(...wanted.contrast);
  const darkLevel = random.between(0, 255 - contrast);
  const [dark, light] = [
    tinted(random, darkLevel, darkLevel),
    tinted(random, darkLevel + contrast, 255 - darkLevel - contrast),
  ];
  return {
    x: 0,
    y: 0,
    moduleSize: random.between(...wanted.moduleSize),
    rotation: random.between(-wanted.rotation, wanted.rotation),
    tilt: [random.between(-wanted.tilt, wanted.tilt), random.between(-wanted.tilt, wanted.tilt)],
    quietZone: random.between(...wanted.quietZone),
    ...(wanted.isInverted ? { dark: light, light: dark } : { dark, light }),
    ...(wanted.logo && {
      logo: { share: random.between(...wanted.logo), colour: tinted(random, random.between(60, 200), 50) },
    }),
  };
};

/** About as bright as the level, each channel off by up to 30 or by what room there is. */
const tinted = (random: Random, level: number, room: number): [number, number, number] => {
  const most = Math.min(30, room);
  const channel = (): number => Math.max(0, Math.min(255, level + random.between(-most, most)));
  return [channel(), channel(), channel()];
};

const sizeOf = (random: Random): [number, number] => {
  const width = random.whole(640, 1600);
  return [width, Math.round(width * random.pick([9 / 16, 3 / 4, 1, 4 / 3]))];
};

/** Through a lens, where the kind says so, and as a JPEG. */
const photographed = async (
  random: Random,
  canvas: Canvas,
  { blur }: Condition,
  quality: number,
): Promise<Buffer> => {
  const { data, width, height } = canvas;
  let picture = sharp(data, { raw: { width, height, channels: 3 } });
  if (blur) {
    const blurred = await picture
      .blur(random.between(...blur))
      .raw()
      .toBuffer();
    light(random, { data: blurred, width, height });
    picture = sharp(blurred, { raw: { width, height, channels: 3 } });
  }
  return picture.jpeg({ quality }).toBuffer();
};

/** Half as bright at one side as at the other, and noise with a deviation of up to 8 levels. In place. */
const light = (random: Random, { data, width, height }: Canvas): void => {
  const angle = random.between(0, 2 * Math.PI);
  const [dx, dy] = [Math.cos(angle) / width, Math.sin(angle) / height];
  const noise = random.between(2, 8);
  for (let y = 0, at = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const gain = 0.75 + 0.35 * (dx * (x - width / 2) + dy * (y - height / 2));
      // the sum of three uniform draws is close enough to a Gaussian; deviation of one is 1/√12
      const grain =
        noise * 2 * (random.between(-0.5, 0.5) + random.between(-0.5, 0.5) + random.between(-0.5, 0.5));
      for (let channel = 0; channel < 3; channel++, at++)
        data[at] = Math.max(0, Math.min(255, data[at]! * gain + grain));
    }
};
