import type { Canvas } from '../../test/fixtures/pictures.js';
import type { CodeMatrix } from './code-matrix.js';

type Colour = readonly [number, number, number];

/** How a code lies in a picture. */
export interface Placement {
  /** of the code's middle, in pixels */
  x: number;
  y: number;
  /** side of a module in pixels, before it is tilted */
  moduleSize: number;
  /** clockwise, in degrees */
  rotation: number;
  /** degrees by which the plane leans away from the camera, about its own axes */
  tilt: readonly [number, number];
  /** width of the margin in modules */
  quietZone: number;
  dark: Colour;
  light: Colour;
  /** a badge over the middle, its side as a share of the code's; none when left out */
  logo?: { share: number; colour: Colour };
}

/** Looked up once: in the contexts that Jest runs modules in, a global costs more than all the rest of a sample. */
const { abs, floor, max, round } = Math;

/** samples of a pixel along each axis */
const samples = 4;
/** focal length in sides of the code: about that of a phone held an arm's length away */
const focalSides = 3;

/** Draws a code into the canvas, each pixel the mean of 16 samples. What lies outside of the canvas is lost. */
export const drawCode = (canvas: Canvas, code: CodeMatrix, placement: Placement): void => {
  const paintPixel = pixelPainter(canvas, code, placement);
  const reach = reachOf(code, placement);
  const right = Math.min(canvas.width, Math.ceil(placement.x + reach));
  const bottom = Math.min(canvas.height, Math.ceil(placement.y + reach));
  for (let y = Math.max(0, Math.floor(placement.y - reach)); y < bottom; y++)
    for (let x = Math.max(0, Math.floor(placement.x - reach)); x < right; x++) paintPixel(x, y);
};

/** Pixels from the middle within which all of the code lies. */
export const reachOf = (code: CodeMatrix, { moduleSize, quietZone, tilt }: Placement): number => {
  const half = (moduleSize * Math.hypot(code.columns + 2 * quietZone, code.rows + 2 * quietZone)) / 2;
  // the near edge of a plane that leans is larger
  return half * (tilt[0] === 0 && tilt[1] === 0 ? 1 : 1.3);
};

/** Paints one pixel after the other: the hot loop, which therefore takes nothing apart and makes no objects. */
const pixelPainter = (
  { data, width }: Canvas,
  code: CodeMatrix,
  placement: Placement,
): ((x: number, y: number) => void) => {
  const [a, b, c, d, e, f, g, h, i] = inverse(projection(code, placement));
  const { x: middleX, y: middleY, dark, light, logo } = placement;
  const partAt = partsOf(code, placement);
  const counts = { dark: 0, light: 0, logo: 0, outside: 0 };
  return (x, y) => {
    counts.dark = counts.light = counts.logo = counts.outside = 0;
    for (let row = 0; row < samples; row++)
      for (let column = 0; column < samples; column++) {
        const dx = x + (column + 0.5) / samples - middleX;
        const dy = y + (row + 0.5) / samples - middleY;
        const z = g * dx + h * dy + i;
        counts[partAt((a * dx + b * dy + c) / z, (d * dx + e * dy + f) / z)]++;
      }
    if (counts.outside === samples ** 2) return;
    for (let channel = 0, at = (y * width + x) * 3; channel < 3; channel++, at++) {
      const inside =
        counts.dark * dark[channel]! +
        counts.light * light[channel]! +
        counts.logo * (logo?.colour[channel] ?? 0);
      data[at] = round((counts.outside * data[at]! + inside) / samples ** 2);
    }
  };
};

type Part = 'dark' | 'light' | 'logo' | 'outside';

/** What lies at a point: u in modules from the middle of the code to its right, v the same down. */
const partsOf = (
  { dark, columns, rows }: CodeMatrix,
  { logo, quietZone }: Placement,
): ((u: number, v: number) => Part) => {
  const logoReach = logo ? (logo.share * Math.min(columns, rows)) / 2 : 0;
  return (u, v) => {
    if (max(abs(u), abs(v)) < logoReach) return 'logo';
    const column = floor(u + columns / 2);
    const row = floor(v + rows / 2);
    if (column < -quietZone || row < -quietZone || column >= columns + quietZone || row >= rows + quietZone)
      return 'outside';
    const isInside = column >= 0 && row >= 0 && column < columns && row < rows;
    return isInside && dark[row * columns + column] === 1 ? 'dark' : 'light';
  };
};

/** Row-major 3x3. */
type Matrix = readonly [number, number, number, number, number, number, number, number, number];

/** From modules to pixels, both from the middle: a plane turned in space and seen by a pinhole camera. */
const projection = (code: CodeMatrix, { moduleSize, rotation, tilt }: Placement): Matrix => {
  const [turn, leanX, leanY] = [rotation, ...tilt].map((degrees) => (degrees * Math.PI) / 180) as [
    number,
    number,
    number,
  ];
  const [cos, sin] = [Math.cos(turn) * moduleSize, Math.sin(turn) * moduleSize];
  const focal = focalSides * moduleSize * Math.max(code.columns, code.rows);
  // about x by leanX, then about y by leanY, after the turn in the plane
  const column = (x: number, y: number): [number, number, number] => {
    const [y1, z1] = [y * Math.cos(leanX), y * Math.sin(leanX)];
    return [
      x * Math.cos(leanY) + z1 * Math.sin(leanY),
      y1,
      (z1 * Math.cos(leanY) - x * Math.sin(leanY)) / focal,
    ];
  };
  const [a, b] = [column(cos, sin), column(-sin, cos)];
  return [a[0], b[0], 0, a[1], b[1], 0, a[2], b[2], 1];
};

const inverse = ([a, b, c, d, e, f, g, h, i]: Matrix): Matrix => {
  const determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
  const adjugate = [
    e * i - f * h,
    c * h - b * i,
    b * f - c * e,
    f * g - d * i,
    a * i - c * g,
    c * d - a * f,
    d * h - e * g,
    b * g - a * h,
    a * e - b * d,
  ];
  return adjugate.map((value) => value / determinant) as unknown as Matrix;
};
