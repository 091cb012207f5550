import { Problem } from '#libs/platform';
import { z } from 'zod';

const refusal = new Problem(
  'invalid_request',
  'cursor: take it from nextCursor of the page before, unchanged',
  {
    fields: [{ path: 'cursor', message: 'not a cursor' }],
  },
);

const readAs = <Schema extends z.ZodType>(schema: Schema, cursor: string): z.output<Schema> => {
  const read = schema.safeParse(Buffer.from(cursor, 'base64url').toString());
  if (read.success) return read.data;
  throw refusal;
};

/** A bigint in decimal, of less than its 19 digits: more than a table ever holds. */
const sequenceSchema = z.string().regex(/^\d{1,18}$/);

/** base64url: opaque to callers. */
export const encodeIdCursor = (id: string): string => Buffer.from(id).toString('base64url');

/** @throws Problem `invalid_request` for what no page ended with */
export const decodeIdCursor = (cursor: string): string => readAs(z.uuid(), cursor);

/** @param sequence a bigint, as digits */
export const encodeSequenceCursor = encodeIdCursor;

/** @throws Problem `invalid_request` for what no page ended with */
export const decodeSequenceCursor = (cursor: string): string => readAs(sequenceSchema, cursor);
