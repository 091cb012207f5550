import { z } from 'zod';
import { Problem } from '#libs/platform';

/** Where a page ended: the sort key of its last row, and the id that tells rows with one key apart. */
export interface Cursor {
  at: Date;
  id: string;
}

const cursorSchema = z.tuple([z.number().int(), z.uuid()]);

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
