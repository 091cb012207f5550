import { z } from 'zod';
import { Problem } from '../errors/problem.js';

/** Where a page ended: the sort key of its last row, and the id that tells rows with one key apart. */
export interface Cursor {
  at: Date;
  id: string;
}

/** Milliseconds that Postgres and `Date` both take: the years 1 to 9999. */
const earliest = Date.parse('0001-01-01T00:00:00Z');
const latest = Date.parse('9999-12-31T23:59:59.999Z');
const cursorSchema = z.tuple([z.number().int().min(earliest).max(latest), z.uuid()]);

/** base64url of JSON: opaque to callers. */
export const encodeCursor = ({ at, id }: Cursor): string =>
  Buffer.from(JSON.stringify([at.getTime(), id])).toString('base64url');

/** @throws Problem `invalid_request` for what no page ended with */
export const decodeCursor = (text: string): Cursor => {
  try {
    const [time, id] = cursorSchema.parse(JSON.parse(Buffer.from(text, 'base64url').toString()));
    return { at: new Date(time), id };
  } catch {
    throw new Problem('invalid_request', 'cursor: take it from nextCursor of the page before, unchanged', {
      fields: [{ path: 'cursor', message: 'not a cursor' }],
    });
  }
};
