import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import pLimit from 'p-limit';
import { decode, defaultImageLimits, inspect } from '#libs/images';
import type { DataProblem, LabelledPicture } from './labelled-picture.js';

/** What is known of the files before any of them is scored. */
export interface Examination {
  /** those that can be scored, in the given order */
  usable: LabelledPicture[];
  /** missing and undecodable pictures */
  unusable: DataProblem[];
  /** the same bytes under different labels: one of them is wrong */
  contradictions: DataProblem[];
  /** pictures whose bytes came before: intervals take them for news, and are too narrow */
  repeated: number;
}

/**
 * Opens and decodes every picture, as small as a decoder will: a broken one must be named before an hour of scoring, not
 * after.
 *
 * @param concurrency pictures at the same time
 * @param onPicture told after each
 */
export const examinePictures = async (
  pictures: readonly LabelledPicture[],
  { concurrency, onPicture }: { concurrency: number; onPicture?: () => void },
): Promise<Examination> => {
  const limit = pLimit(concurrency);
  const looks = await Promise.all(
    pictures.map((picture) =>
      limit(async () => {
        const look = await examine(picture.path);
        onPicture?.();
        return look;
      }),
    ),
  );
  const found: Examination = { usable: [], unusable: [], contradictions: [], repeated: 0 };
  const firstWith = new Map<string, LabelledPicture>();
  pictures.forEach((picture, place) => {
    const look = looks[place]!;
    if ('problem' in look) {
      found.unusable.push({ where: picture.where, what: look.problem });
      return;
    }
    found.usable.push(picture);
    const first = firstWith.get(look.sha256);
    if (!first) firstWith.set(look.sha256, picture);
    else if (truthOf(first) === truthOf(picture)) found.repeated += 1;
    else
      found.contradictions.push({
        where: picture.where,
        what: `${picture.path} has the bytes of ${first.where}, which is labelled otherwise`,
      });
  });
  return found;
};

const truthOf = ({ categories, unsure }: LabelledPicture): string =>
  JSON.stringify([categories.toSorted(), unsure.toSorted()]);

const examine = async (path: string): Promise<{ sha256: string } | { problem: string }> => {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return { problem: code === 'ENOENT' ? `${path} is missing` : `${path} cannot be read: ${message}` };
  }
  const facts = await inspect(bytes, defaultImageLimits);
  if (!facts.ok) return { problem: `${path}: ${facts.detail}` };
  const decoded = await decode(bytes, facts.value, { minShortSide: 1, sampledFrames: 1 });
  if (!decoded.ok) return { problem: `${path}: ${decoded.detail}` };
  return { sha256: createHash('sha256').update(bytes).digest('hex') };
};
