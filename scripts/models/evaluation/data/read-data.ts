import { stat } from 'node:fs/promises';
import type { Result } from '#libs/domain';
import type { KnownLabels } from './known-labels.js';
import type { LabelledPicture, UnusableData } from './labelled-picture.js';
import { readFolders } from './read-folders.js';
import { readLines } from './read-lines.js';

/** A folder with one folder per label, or a file with one JSON object a line. Nothing is known of the pictures yet. */
export const readData = async (
  path: string,
  known: KnownLabels,
): Promise<Result<LabelledPicture[], UnusableData>> => {
  const kind = await stat(path).catch(() => undefined);
  if (kind?.isDirectory()) return readFolders(path, known);
  if (kind?.isFile()) return readLines(path, known);
  return {
    ok: false,
    code: 'unusable_data',
    problems: [{ where: path, what: 'is neither a folder nor a file' }],
  };
};
