import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { decodeCursor, encodeCursor } from './cursor.js';

const instants = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59.999Z') };
const madeOf = (...parts: unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');
const anId = '019b0000-0000-7000-8000-000000000000';

describe('a cursor', () => {
  it('comes back as it was', () => {
    fc.assert(
      fc.property(fc.date({ ...instants, noInvalidDate: true }), fc.uuid(), (at, id) => {
        expect(decodeCursor(encodeCursor({ at, id }))).toEqual({ at, id });
      }),
    );
  });

  it.each(['', 'x', '[]', madeOf('now', 'x')])('is not made of %j', (text) => {
    expect(() => decodeCursor(text)).toThrow('nextCursor');
  });

  it.each([
    8_640_000_000_000_001,
    Number.MAX_SAFE_INTEGER,
    -Number.MAX_SAFE_INTEGER,
    instants.max.getTime() + 1,
    instants.min.getTime() - 1,
  ])('is not made of the instant %d, which no case has', (time) => {
    expect(() => decodeCursor(madeOf(time, anId))).toThrow('nextCursor');
  });
});
