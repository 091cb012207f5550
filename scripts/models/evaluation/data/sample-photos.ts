import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { ok, type Result } from '#libs/domain';
import { projectRoot } from '#libs/platform';
import type { KnownLabels } from './known-labels.js';
import type { LabelledPicture, UnusableData } from './labelled-picture.js';

export const sampleFolder = join(projectRoot, '..', 'shared', 'data');
const folders = ['photos', 'large', 'goods'];

export const hasSamplePhotos = (): boolean => existsSync(join(sampleFolder, 'goods'));

/**
 * The sample photos that lie beside the repository in some places. They are called after what ImageNet says they show,
 * `n04086273_revolver.JPEG`, one word of a thousand for each; what no pack has a word for is benign.
 */
export const samplePhotos = async (known: KnownLabels): Promise<Result<LabelledPicture[], UnusableData>> => {
  if (!hasSamplePhotos())
    return {
      ok: false,
      code: 'unusable_data',
      problems: [{ where: sampleFolder, what: 'the sample photos are not there: name your own with --data' }],
    };
  const pictures = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(sampleFolder, folder))).sort().map((name): LabelledPicture => {
        const path = join(sampleFolder, folder, name);
        return {
          path,
          where: path,
          categories: known.categoriesOf(wordIn(name)) ?? [],
          unsure: [],
          columns: {},
        };
      }),
    ),
  );
  // a few lie in two folders
  const names = new Set<string>();
  return ok(
    pictures.flat().filter(({ path }) => {
      const isNew = !names.has(basename(path));
      names.add(basename(path));
      return isNew;
    }),
  );
};

/** `n03937543_pill_bottle.JPEG` → `pill bottle` */
export const wordIn = (name: string): string =>
  basename(name, extname(name))
    .replace(/^n\d+_/, '')
    .replaceAll('_', ' ');
