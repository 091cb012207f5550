import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from '../project-root.js';
import { OptimizeError } from './optimize-error.js';

export type VariantKind = 'float16' | 'int8';

export interface OptimizeOptions {
  /** folder of the pack that is made smaller */
  parent: string;
  kinds: VariantKind[];
  /** folder of pictures to calibrate with; undefined: every second of those below */
  calibration: string | undefined;
  /** folder of pictures to compare on; undefined: the sample photos, or drawn pictures */
  photos: string | undefined;
  out: string;
  method: 'minmax' | 'percentile';
  reduceRange: boolean;
  /** first convolutions that stay float32 */
  keep: number;
  /** share of the pictures whose verdict may change */
  mostFlips: number;
  /** that a category's score may change by, on any picture */
  mostChange: number;
}

const usage =
  'npm run models:optimize -- <pack> [--float16] [--int8 [--calibration FOLDER]] [--photos FOLDER] [--out FOLDER]';

/** @throws OptimizeError */
export const readOptions = (args: string[]): OptimizeOptions => {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      float16: { type: 'boolean', default: false },
      int8: { type: 'boolean', default: false },
      calibration: { type: 'string' },
      photos: { type: 'string' },
      out: { type: 'string' },
      method: { type: 'string', default: 'minmax' },
      'reduce-range': { type: 'boolean', default: false },
      // measured on Lite0 and MobileNetV2: half the mean change of all in 8 bits, for a tenth of the parent's time
      keep: { type: 'string', default: '5' },
      'most-flips': { type: 'string', default: '0.01' },
      'most-change': { type: 'string', default: '0.1' },
    },
  });
  const [pack, ...more] = positionals;
  const kinds = (['float16', 'int8'] as const).filter((kind) => values[kind]);
  if (pack === undefined || more.length > 0 || kinds.length === 0)
    throw new OptimizeError(`Which pack, and into what? ${usage}`);
  const share = (name: 'most-flips' | 'most-change'): number => {
    const value = Number(values[name]);
    if (!(value >= 0 && value <= 1)) throw new OptimizeError(`--${name} must be within 0–1`);
    return value;
  };
  const { method } = values;
  if (method !== 'minmax' && method !== 'percentile')
    throw new OptimizeError(`--method must be minmax or percentile, not ${method}`);
  const keep = Number(values.keep);
  if (!Number.isInteger(keep) || keep < 0) throw new OptimizeError('--keep must be a whole number from 0');
  return {
    parent: folderOf(pack),
    kinds,
    calibration: values.calibration,
    photos: values.photos,
    out: resolve(values.out ?? join(projectRoot, '.data', 'variants')),
    method,
    reduceRange: values['reduce-range'],
    keep,
    mostFlips: share('most-flips'),
    mostChange: share('most-change'),
  };
};

/** A folder, or the name of a pack of this repository. */
const folderOf = (pack: string): string => {
  const places = [resolve(pack), join(projectRoot, 'models', pack)];
  const found = places.find((place) => existsSync(join(place, 'manifest.json')));
  if (found === undefined) throw new OptimizeError(`${pack} is no folder of a pack, and none of models/`);
  return found;
};
