import type { FastifyRequest } from 'fastify';
import { Problem } from '#libs/platform';
import { collect, type CollectLimits, type Upload } from './collect.js';

const maxFields = 8;
/** A form is small around its one file: what exceeds this is an attack or a mistake. */
const formLimits = {
  parts: maxFields + 2,
  fields: maxFields,
  fieldNameSize: 100,
  fieldSize: 4096,
  headerPairs: 16,
  // the second is let in, to be refused by name
  files: 2,
};

/**
 * The one part `file` of a form; other fields are ignored.
 *
 * @throws Problem `invalid_request` for no file, two files or a broken form, `payload_too_large` for too many parts,
 * and what `collect` throws
 */
export const readForm = async (request: FastifyRequest, limits: CollectLimits): Promise<Upload> => {
  let upload: Upload | undefined;
  const giveBack = (): void => {
    if (upload) limits.budget.give(upload.bytes.length);
  };
  try {
    const parts = request.parts({ limits: { ...formLimits, fileSize: limits.maxBytes + 1 } });
    for await (const part of parts) {
      if (part.type !== 'file') continue;
      if (part.fieldname !== 'file')
        throw refusal(
          `The image's part must be named file, not ${JSON.stringify(part.fieldname.slice(0, 40))}.`,
        );
      if (upload) throw refusal('The form has two files; send one image a request.');
      upload = await collect(part.file, limits);
    }
  } catch (error) {
    giveBack();
    throw asRefusal(error);
  }
  if (!upload) throw refusal('The form has no file; send the image as a part named file.');
  return upload;
};

const refusal = (detail: string): Problem => new Problem('invalid_request', detail);

/** The form parser's own errors: with a status (limits), or plain ones about the syntax. */
const asRefusal = (error: unknown): unknown => {
  if (error instanceof Problem) return error;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (status === 413) return new Problem('payload_too_large', 'The form has too many parts; send one file.');
  return new Problem(
    'invalid_request',
    'The form cannot be read: its parts do not fit its boundary, or it broke off.',
    {
      cause: error,
    },
  );
};
