import { describe, expect, it } from '@jest/globals';
import { Coalesced } from './coalesced.js';

/** A task whose runs end when the test says so. */
const gatedTask = () => {
  const gates: (() => void)[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  const task = async (): Promise<void> => {
    mostAtOnce = Math.max(mostAtOnce, ++atOnce);
    await new Promise<void>((resolve) => gates.push(resolve));
    atOnce -= 1;
  };
  return { task, gates, mostAtOnce: () => mostAtOnce };
};

const failOnError = (error: unknown): void => {
  throw error;
};

describe('Coalesced', () => {
  it('answers any number of requests during a run with one more run', async () => {
    const { task, gates, mostAtOnce } = gatedTask();
    const coalesced = new Coalesced(task, failOnError);
    coalesced.ask();
    await new Promise(setImmediate);
    for (let times = 0; times < 5; times++) coalesced.ask();
    gates[0]!();
    await new Promise(setImmediate);
    gates[1]!();
    await coalesced.settled();
    expect(gates).toHaveLength(2);
    expect(mostAtOnce()).toBe(1);
  });

  it('runs again when asked after it has ended', async () => {
    const { task, gates } = gatedTask();
    const coalesced = new Coalesced(task, failOnError);
    coalesced.ask();
    await new Promise(setImmediate);
    gates[0]!();
    await coalesced.settled();
    coalesced.ask();
    await new Promise(setImmediate);
    expect(gates).toHaveLength(2);
  });

  it('reports a failure and still serves the request that came during the failed run', async () => {
    const failures: unknown[] = [];
    let runs = 0;
    const coalesced = new Coalesced(
      () => {
        runs += 1;
        if (runs === 1) coalesced.ask();
        return runs === 1 ? Promise.reject(new Error('no luck')) : Promise.resolve();
      },
      (error) => failures.push(error),
    );
    coalesced.ask();
    await coalesced.settled();
    expect(runs).toBe(2);
    expect(failures).toEqual([new Error('no luck')]);
  });
});
