import type { z } from 'zod';

/** What is wrong with a document, or odd about it, and where: `categories.sexual/explicit.fast.review`. */
export interface Finding {
  /** steps with dots between them; empty for the document as a whole */
  path: string;
  message: string;
}

export const pathOf = (steps: readonly PropertyKey[]): string => steps.map(String).join('.');

/** What a schema says of a document, one finding for each field: a stranger's name counts as a field. */
export const findingsOf = (error: z.ZodError): Finding[] =>
  error.issues.flatMap((issue): Finding[] => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({
        path: pathOf([...issue.path, key]),
        message: 'there is no such field',
      }));
    if (issue.code === 'invalid_key')
      return issue.issues.map(({ message }) => ({ path: pathOf(issue.path), message }));
    return [{ path: pathOf(issue.path), message: issue.message }];
  });
