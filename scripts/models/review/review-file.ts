import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ok, type Result } from '#libs/domain';
import { z } from 'zod';
import { writtenJson } from '../evaluation/written-json.js';
import { type Review, reviewSchema } from './review.js';

const fileName = 'review.json';

export interface ReviewRefusal {
  code: 'no_review' | 'invalid_review';
  detail: string;
}

/** @param folder the pack's */
export const readReview = async (folder: string): Promise<Result<Review, ReviewRefusal>> => {
  const file = join(folder, fileName);
  let content: unknown;
  try {
    content = JSON.parse(await readFile(file, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === 'ENOENT'
      ? {
          ok: false,
          code: 'no_review',
          detail: `there is no ${file}: run npm run models:evaluate -- --review`,
        }
      : { ok: false, code: 'invalid_review', detail: `${file} cannot be read: ${message}` };
  }
  const parsed = reviewSchema.safeParse(content);
  if (parsed.success) return ok(parsed.data);
  return { ok: false, code: 'invalid_review', detail: `${file}: ${z.prettifyError(parsed.error)}` };
};

/** As a whole or not at all: a crash leaves the old file. */
export const writeReview = async (folder: string, review: Review): Promise<void> => {
  const file = join(folder, fileName);
  await writeFile(`${file}.new`, await writtenJson(review));
  await rename(`${file}.new`, file);
};
