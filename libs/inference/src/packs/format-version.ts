import { PackError } from './pack-error.js';

/** Of manifests that this version reads. It rises when an older reader would misunderstand a manifest. */
export const formatVersion = 1;

/**
 * Comes before every other check: of a manifest from the future nothing can be said but that.
 *
 * @param manifest as parsed from JSON
 * @throws PackError naming both versions and what to do
 */
export const assertFormatVersion = (pack: string, manifest: unknown): void => {
  const said = (manifest as { formatVersion?: unknown } | null)?.formatVersion ?? formatVersion;
  if (typeof said !== 'number' || !Number.isInteger(said) || said < 1)
    throw new PackError(
      pack,
      `manifest.json: formatVersion ${JSON.stringify(said)} is no whole number from 1`,
    );
  if (said > formatVersion)
    throw new PackError(
      pack,
      `manifest.json has format version ${said}, and this Sluice reads versions up to ${formatVersion}: update Sluice, ` +
        `or take a release of the pack whose manifest has version ${formatVersion}`,
    );
};
