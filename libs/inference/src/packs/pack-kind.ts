import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { assertFormatVersion } from './format-version.js';
import { PackError } from './pack-error.js';

/** `classifier`: a picture in, scores out. `text-reader`: a picture in, lines of writing out. */
export const packKinds = ['classifier', 'text-reader'] as const;
export type PackKind = (typeof packKinds)[number];

/** Of a manifest that says nothing: manifests were there before kinds. */
const defaultKind: PackKind = 'classifier';

/**
 * What a pack's folder holds, so that whoever opens a folder of packs takes those that are its own.
 *
 * @throws PackError when manifest.json cannot be read, or names a kind that this version does not know
 */
export const readPackKind = async (folder: string): Promise<PackKind> =>
  kindOf(basename(folder), await readManifestFile(folder));

/** @throws PackError when manifest.json is of another kind: the pack then lies where it does not belong */
export const assertPackKind = (pack: string, manifest: unknown, wanted: PackKind): void => {
  const kind = kindOf(pack, manifest);
  if (kind !== wanted) throw new PackError(pack, `is a ${kind}, and cannot be used as a ${wanted}`);
};

/**
 * The manifest as it stands there, not checked beyond its version.
 *
 * @throws PackError when it is missing, no JSON, or made for a newer Sluice
 */
export const readManifestFile = async (folder: string): Promise<unknown> => {
  const name = basename(folder);
  const content = await readFile(join(folder, 'manifest.json'), 'utf8')
    .then((text) => JSON.parse(text) as unknown)
    .catch((error: unknown) => {
      throw new PackError(name, `manifest.json cannot be read: ${(error as Error).message}`);
    });
  assertFormatVersion(name, content);
  return content;
};

const kindOf = (pack: string, manifest: unknown): PackKind => {
  const said = (manifest as { kind?: unknown } | null)?.kind ?? defaultKind;
  const kind = packKinds.find((each) => each === said);
  if (kind === undefined)
    throw new PackError(
      pack,
      `manifest.json: kind ${JSON.stringify(said)} is not known here, only ${packKinds.join(' and ')}: ` +
        'the pack may be made for a newer version',
    );
  return kind;
};
