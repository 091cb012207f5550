import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { ok, type Result } from '#libs/domain';
import { z } from 'zod';
import type { KnownLabels } from './known-labels.js';
import type { DataProblem, LabelledPicture, UnusableData } from './labelled-picture.js';

const textSchema = z.string().min(1);
const lineSchema = z
  .object({
    /** relative to the file's folder, or absolute */
    path: textSchema,
    label: z.union([textSchema, z.array(textSchema).min(1)]),
    unsure: z.array(textSchema).default([]),
  })
  .catchall(z.union([z.string(), z.number(), z.boolean(), z.null()]));

/**
 * Reads a data set of one JSON object a line: `{"path":"a.jpg","label":"sexual/explicit","source":"camera"}`. `label` is one
 * or a list; `unsure` names categories that the picture may or may not show; every other field is a column.
 *
 * @returns all problems, each with the file's name and the line
 */
export const readLines = async (
  file: string,
  known: KnownLabels,
): Promise<Result<LabelledPicture[], UnusableData>> => {
  const pictures: LabelledPicture[] = [];
  const problems: DataProblem[] = [];
  const lines = (await readFile(file, 'utf8')).split(/\r?\n/);
  lines.forEach((line, place) => {
    if (line.trim() === '') return;
    const where = `${basename(file)}:${place + 1}`;
    const read = readLine(line);
    if (typeof read === 'string') {
      problems.push({ where, what: read });
      return;
    }
    const { path, label, unsure, ...columns } = read;
    const named = [label].flat();
    const strangers = [...named, ...unsure].filter((each) => known.categoriesOf(each) === undefined);
    for (const stranger of strangers) problems.push({ where, what: `unknown label "${stranger}"` });
    const categories = [...new Set(named.flatMap((each) => known.categoriesOf(each) ?? []))];
    const unsureOf = unsure.flatMap((each) => known.categoriesOf(each) ?? []);
    pictures.push({
      path: resolve(dirname(file), path),
      where,
      categories,
      unsure: unsureOf.filter((category) => !categories.includes(category)),
      columns: Object.fromEntries(
        Object.entries(columns).flatMap(([name, value]) => (value === null ? [] : [[name, String(value)]])),
      ),
    });
  });
  if (problems.length === 0 && pictures.length === 0)
    problems.push({ where: basename(file), what: 'holds no picture' });
  return problems.length > 0 ? { ok: false, code: 'unusable_data', problems } : ok(pictures);
};

const readLine = (line: string): z.infer<typeof lineSchema> | string => {
  let content: unknown;
  try {
    content = JSON.parse(line);
  } catch (error) {
    return `no JSON: ${(error as Error).message}`;
  }
  const parsed = lineSchema.safeParse(content);
  return parsed.success ? parsed.data : z.prettifyError(parsed.error).replaceAll('\n', ' ');
};
