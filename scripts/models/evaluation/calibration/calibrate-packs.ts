import { createHash } from 'node:crypto';
import { rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Calibration, type Manifest, type ModelPack, readManifest } from '#libs/inference';
import canonicalize from 'canonicalize';
import type { Evaluation } from '../evaluation.js';
import { folderOf } from '../open-packs.js';
import { writtenJson } from '../written-json.js';
import type { CalibrationMethod } from './fit-calibration.js';

const versionMark = '+cal.';
const digestLength = 8;

/**
 * Writes what was fitted into the packs' manifests, in every category where there were cases enough.
 *
 * @returns what was done, a line for each pack and category
 */
export const calibratePacks = async (
  packs: readonly ModelPack[],
  evaluation: Evaluation,
  method: CalibrationMethod,
): Promise<string[]> => {
  const lines: string[] = [];
  for (const [place, pack] of packs.entries()) {
    const folder = folderOf(pack);
    const manifest = await readManifest(folder);
    const fitted: Record<string, Calibration> = {};
    for (const { category, calibration, tooFew } of evaluation.packs[place]!.categories) {
      const found = calibration?.methods.find((each) => each.method === method);
      if (found?.fitted) fitted[category] = found.fitted;
      else
        lines.push(
          `${manifest.name}, ${category}: not calibrated: ${found?.refusal ?? calibration?.tooFew ?? tooFew}`,
        );
    }
    if (Object.keys(fitted).length === 0) continue;
    const calibrated = withCalibration(manifest, fitted);
    const file = join(folder, 'manifest.json');
    await writeFile(`${file}.new`, await writtenJson(calibrated));
    await rename(`${file}.new`, file);
    lines.push(
      `${manifest.name}: calibrated by ${method} in ${Object.keys(fitted).join(', ')}; now version ${calibrated.version}`,
    );
  }
  return lines;
};

/** The same picture scores differently from now on, so the version changes: cached scores are kept under it. */
export const withCalibration = (manifest: Manifest, fitted: Record<string, Calibration>): Manifest => {
  const calibration = { ...manifest.calibration, ...fitted };
  const digest = createHash('sha256').update(canonicalize(calibration)!).digest('hex').slice(0, digestLength);
  return {
    ...manifest,
    version: `${manifest.version.split(versionMark)[0]}${versionMark}${digest}`,
    calibration,
  };
};
