import { access, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { explain, sha256Of } from './load-pack.js';
import { PackError } from './pack-error.js';
import { assertPackKind, readManifestFile } from './pack-kind.js';
import { type TextManifest, textManifestSchema } from './text-manifest.js';

/** A reading pack whose manifest, files and checksums fit. The graphs are looked at when a pool opens them. */
export interface TextPack {
  kind: 'text-reader';
  manifest: TextManifest;
  /** absolute paths of the ONNX graphs */
  graphs: { detection: string; orientation: string; recognition: string };
  /** what each class of the recognition graph stands for: the blank (''), the characters, the space */
  alphabet: string[];
}

/**
 * Reads and checks the folder of a pack that reads writing: manifest.json strictly, then that every file it names is
 * there and has its sha256.
 *
 * @throws PackError naming the pack and the reason
 */
export const loadTextPack = async (folder: string): Promise<TextPack> => {
  const manifest = await readTextManifest(folder);
  const { name, detection, orientation, recognition } = manifest;
  for (const part of [detection, orientation, recognition, recognition.characters])
    await assertFile(folder, name, part);
  for (const file of [manifest.card, 'LICENSE'])
    if (!(await exists(join(folder, file)))) throw new PackError(name, `${file} is missing in ${folder}`);
  return {
    kind: 'text-reader',
    manifest,
    graphs: {
      detection: join(folder, detection.file),
      orientation: join(folder, orientation.file),
      recognition: join(folder, recognition.file),
    },
    alphabet: ['', ...(await readCharacters(join(folder, recognition.characters.file))), ' '],
  };
};

/** @throws PackError when the file is missing, is no JSON, is of another kind, or breaks the schema */
export const readTextManifest = async (folder: string): Promise<TextManifest> => {
  const name = basename(folder);
  const content = await readManifestFile(folder);
  assertPackKind(name, content, 'text-reader');
  const parsed = textManifestSchema.safeParse(content);
  if (!parsed.success) throw new PackError(name, `manifest.json: ${explain(parsed.error)}`);
  return parsed.data;
};

const assertFile = async (
  folder: string,
  pack: string,
  { file, sha256 }: { file: string; sha256: string },
): Promise<void> => {
  const path = join(folder, file);
  if (!(await exists(path)))
    throw new PackError(pack, `${file} is missing in ${folder}: run npm run models:build`);
  const found = await sha256Of(path);
  if (found !== sha256)
    throw new PackError(
      pack,
      `${file} has sha256 ${found}, the manifest says ${sha256}: ` +
        `the file is damaged or of another version; delete it and run npm run models:build`,
    );
};

const readCharacters = async (path: string): Promise<string[]> =>
  (await readFile(path, 'utf8')).replace(/\n$/, '').split('\n');

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );
