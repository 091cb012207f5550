import { describe, expect, it } from '@jest/globals';
import { ByteBudget } from './byte-budget.js';

/** Work that ends when told to. */
const work = (): { run: () => Promise<void>; end: () => void; started: () => boolean } => {
  let end = (): void => undefined;
  let started = false;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return {
    run: () => {
      started = true;
      return ended;
    },
    end,
    started: () => started,
  };
};

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('ByteBudget', () => {
  it('lets work start while its bytes fit, and the rest in order of arrival', async () => {
    const budget = new ByteBudget(10);
    const [first, second, large, small] = [work(), work(), work(), work()];
    const all = [
      budget.run(6, first.run),
      budget.run(4, second.run),
      budget.run(8, large.run),
      budget.run(1, small.run),
    ];
    await turn();
    expect([first, second, large, small].map((each) => each.started())).toEqual([true, true, false, false]);
    second.end();
    await turn();
    // 1 byte would fit, but the large one came first and must not starve
    expect([large, small].map((each) => each.started())).toEqual([false, false]);
    first.end();
    await turn();
    expect([large, small].map((each) => each.started())).toEqual([true, true]);
    large.end();
    small.end();
    await Promise.all(all);
  });

  it('admits alone what is larger than the whole budget', async () => {
    const budget = new ByteBudget(10);
    const [giant, next] = [work(), work()];
    const all = [budget.run(50, giant.run), budget.run(1, next.run)];
    await turn();
    expect([giant.started(), next.started()]).toEqual([true, false]);
    giant.end();
    await turn();
    expect(next.started()).toBe(true);
    next.end();
    await Promise.all(all);
  });

  it('gives the bytes back when the work fails', async () => {
    const budget = new ByteBudget(10);
    await expect(budget.run(10, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(budget.run(10, () => Promise.resolve('done'))).resolves.toBe('done');
  });
});
