/** Columns rXYZ, gXYZ, bXYZ of sRGB adapted to D50, as IEC 61966-2-1 profiles carry them. */
const srgbColumns = {
  rXYZ: [0.436, 0.2225, 0.0139],
  gXYZ: [0.3851, 0.7169, 0.0971],
  bXYZ: [0.1431, 0.0606, 0.7141],
} as const;
const columnTolerance = 0.003;
/** in linear light, 0–1: pure gamma 2.2 still passes, as nobody sees the difference */
const curveTolerance = 0.012;
/** where the curves are compared, encoded values 0–1 */
const probes = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1];

const headerBytes = 128;
const tagEntryBytes = 12;
/** Profiles have some twenty tags; the count in the file is anybody's, and walking millions would stall the process. */
const mostTags = 100;

/**
 * Whether an ICC profile (ICC.1:2022) only says what pixels without a profile mean anyway, so that a decoder without
 * colour management shows what people see. Judged by its matrix and curves, not by its name, which anybody can write.
 * A quarter of photographs carry such a profile.
 */
export const isSrgbProfile = (profile: Buffer): boolean => {
  try {
    return describesSrgb(profile);
  } catch {
    // an offset that leads out of the profile: broken, so not known to be sRGB
    return false;
  }
};

const describesSrgb = (profile: Buffer): boolean => {
  if (profile.toString('latin1', 16, 24) !== 'RGB XYZ ') return false;
  const tags = readTags(profile);
  if (!tags) return false;
  // Look-up tables overrule the matrix.
  for (const name of tags.keys()) if (/^([AD]2B|B2[AD])\d$/.test(name)) return false;
  const columnsFit = Object.entries(srgbColumns).every(([name, column]) => {
    const at = tags.get(name);
    return (
      at !== undefined &&
      column.every((want, axis) => Math.abs(fixed(profile, at + 8 + 4 * axis) - want) <= columnTolerance)
    );
  });
  return (
    columnsFit &&
    ['rTRC', 'gTRC', 'bTRC'].every((name) => {
      const at = tags.get(name);
      return at !== undefined && curveFits(profile, at);
    })
  );
};

/** Offsets by name; undefined where there are more than `mostTags`. */
const readTags = (profile: Buffer): Map<string, number> | undefined => {
  const tags = new Map<string, number>();
  const count = profile.readUInt32BE(headerBytes);
  if (count > mostTags) return undefined;
  for (let tag = 0; tag < count; tag++) {
    const at = headerBytes + 4 + tag * tagEntryBytes;
    tags.set(profile.toString('latin1', at, at + 4), profile.readUInt32BE(at + 4));
  }
  return tags;
};

/** s15Fixed16Number */
const fixed = (profile: Buffer, at: number): number => profile.readInt32BE(at) / 65536;

const srgbToLinear = (x: number): number => (x <= 0.04045 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4);

const curveFits = (profile: Buffer, at: number): boolean => {
  const curve = readCurve(profile, at);
  return curve !== undefined && probes.every((x) => Math.abs(curve(x) - srgbToLinear(x)) <= curveTolerance);
};

const readCurve = (profile: Buffer, at: number): ((x: number) => number) | undefined => {
  const type = profile.toString('latin1', at, at + 4);
  if (type === 'curv') return sampledCurve(profile, at);
  if (type === 'para') return parametricCurve(profile, at);
  return undefined;
};

/** curveType: no entry is the identity, one a gamma (u8Fixed8), more are samples between which one interpolates. */
const sampledCurve = (profile: Buffer, at: number): ((x: number) => number) => {
  const count = profile.readUInt32BE(at + 8);
  const entry = (index: number): number => profile.readUInt16BE(at + 12 + 2 * index);
  if (count === 0) return (x) => x;
  if (count === 1) return (x) => x ** (entry(0) / 256);
  return (x) => {
    const position = x * (count - 1);
    const below = Math.min(Math.floor(position), count - 2);
    const share = position - below;
    return (entry(below) * (1 - share) + entry(below + 1) * share) / 65535;
  };
};

/** parametricCurveType, functions 0 (gamma) and 3 (the one that sRGB uses); others are rare and not sRGB. */
const parametricCurve = (profile: Buffer, at: number): ((x: number) => number) | undefined => {
  const kind = profile.readUInt16BE(at + 8);
  const parameter = (index: number): number => fixed(profile, at + 12 + 4 * index);
  const g = parameter(0);
  if (kind === 0) return (x) => x ** g;
  if (kind !== 3) return undefined;
  const [a, b, c, d] = [parameter(1), parameter(2), parameter(3), parameter(4)];
  return (x) => (x >= d ? (a * x + b) ** g : c * x);
};
