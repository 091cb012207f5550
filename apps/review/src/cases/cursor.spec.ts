import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeCursor, encodeCursor } from './cursor.js';

describe('a cursor', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.date({ noInvalidDate: true }), fc.uuid(), (at, id) => {
        expect(decodeCursor(encodeCursor({ at, id }))).toEqual({ at, id });
      }),
    );
  });

  it.each(['', 'x', '[]', Buffer.from('["now","x"]').toString('base64url')])('is not made of %j', (text) => {
    expect(() => decodeCursor(text)).toThrow('nextCursor');
  });
});
