import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Mark } from './marks.js';
import { OffsetTracker } from './offset-tracker.js';

const opened = (count: number, marks: Mark[] = []): OffsetTracker => {
  const tracker = new OffsetTracker(0, marks);
  for (let offset = 0; offset < count; offset += 1) tracker.admit(offset);
  return tracker;
};

describe('An offset tracker', () => {
  it('lets exactly what is done before the oldest open message be committed, in whatever order messages end', () => {
    const endings = fc.integer({ min: 1, max: 40 }).chain((count) =>
      fc.record({
        count: fc.constant(count),
        order: fc.shuffledSubarray(Array.from({ length: count }, (_, at) => at)),
      }),
    );
    fc.assert(
      fc.property(endings, ({ count, order }) => {
        const tracker = opened(count);
        const open = new Set(Array.from({ length: count }, (_, at) => at));
        for (const offset of order) {
          tracker.begin(offset);
          tracker.finish(offset);
          open.delete(offset);
          expect(tracker.committable).toBe(Math.min(count, ...open));
        }
      }),
    );
  });

  it('knows messages that are fetched again, whether open or done', () => {
    const tracker = opened(5);
    tracker.begin(3);
    tracker.finish(3);
    expect([0, 1, 2, 3, 4].map((offset) => tracker.admit(offset))).toEqual(Array(5).fill(undefined));
    expect(tracker.admit(5)).toEqual({ tries: 0 });
  });

  it('tells a successor all: who takes over from its marks does what is open, and nothing twice', () => {
    const fates = fc.array(fc.constantFrom('waits', 'works', 'ends', 'is handed back', 'never comes'), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(fates, (all) => {
        const tracker = new OffsetTracker(0);
        all.forEach((fate, offset) => {
          if (fate === 'never comes') return;
          tracker.admit(offset);
          if (fate !== 'waits') tracker.begin(offset);
          if (fate === 'ends') tracker.finish(offset);
          if (fate === 'is handed back') tracker.handBack(offset);
        });
        const heir = new OffsetTracker(tracker.committable, tracker.marks());
        const left = all.map((fate, offset) =>
          fate === 'never comes' || offset < tracker.committable ? undefined : heir.admit(offset)?.tries,
        );
        const expected = {
          waits: 0,
          works: 1,
          ends: undefined,
          'is handed back': 0,
          'never comes': undefined,
        };
        expect(left).toEqual(all.map((fate) => expected[fate]));
      }),
    );
  });

  it('keeps the marks of messages that have not come yet for the next successor', () => {
    const heir = new OffsetTracker(10, [
      { from: 11, to: 13, state: 'working', tries: 2 },
      { from: 15, to: 15, state: 'done', tries: 0 },
    ]);
    heir.admit(10);
    expect(heir.admit(11)).toEqual({ tries: 2 });
    expect(heir.marks()).toEqual([
      { from: 11, to: 13, state: 'suspect', tries: 2 },
      { from: 15, to: 15, state: 'done', tries: 0 },
    ]);
  });

  it('takes offsets that never come for done', () => {
    const tracker = opened(2);
    tracker.finish(0);
    tracker.finish(1);
    tracker.skipTo(7);
    expect(tracker.committable).toBe(7);
    expect(tracker.admit(6)).toBeUndefined();
  });
});
