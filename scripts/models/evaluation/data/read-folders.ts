import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '#libs/domain';
import type { KnownLabels } from './known-labels.js';
import type { DataProblem, LabelledPicture, UnusableData } from './labelled-picture.js';

/** Stands for the slash of a category in a folder's name. */
const slash = '__';

/**
 * Reads a data set of one folder per label: `benign/`, `sexual__explicit/`, `porn/`. What a folder is called holds for every
 * file in it, hidden ones excepted.
 */
export const readFolders = async (
  folder: string,
  known: KnownLabels,
): Promise<Result<LabelledPicture[], UnusableData>> => {
  const pictures: LabelledPicture[] = [];
  const problems: DataProblem[] = [];
  for (const entry of await visible(folder)) {
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) {
      problems.push({ where: path, what: 'lies in no label’s folder' });
      continue;
    }
    const categories = known.categoriesOf(entry.name.replace(slash, '/'));
    if (!categories) {
      problems.push({ where: `${path}/`, what: `unknown label "${entry.name.replace(slash, '/')}"` });
      continue;
    }
    for (const picture of await visible(path)) {
      const file = join(path, picture.name);
      if (!picture.isFile()) problems.push({ where: file, what: 'is no file' });
      else pictures.push({ path: file, where: file, categories, unsure: [], columns: {} });
    }
  }
  if (problems.length === 0 && pictures.length === 0)
    problems.push({ where: folder, what: 'holds no folder with pictures in it, one for each label' });
  return problems.length > 0 ? { ok: false, code: 'unusable_data', problems } : ok(pictures);
};

const visible = async (folder: string) =>
  (await readdir(folder, { withFileTypes: true }))
    .filter(({ name }) => !name.startsWith('.'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
