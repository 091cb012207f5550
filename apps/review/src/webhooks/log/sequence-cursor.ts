import { Problem } from '#libs/platform';

/** A bigint in decimal, of less than its 19 digits: more than a table ever holds. */
const pattern = /^\d{1,18}$/;

/** Of the last delivery on a page. base64url: opaque to callers. */
export const encodeSequenceCursor = (sequence: string): string => Buffer.from(sequence).toString('base64url');

/** @throws Problem `invalid_request` for what no page ended with */
export const decodeSequenceCursor = (cursor: string): string => {
  const sequence = Buffer.from(cursor, 'base64url').toString();
  if (pattern.test(sequence)) return sequence;
  throw new Problem('invalid_request', 'cursor: take it from nextCursor of the page before, unchanged', {
    fields: [{ path: 'cursor', message: 'not a cursor' }],
  });
};
