import { describe, expect, it } from '@jest/globals';
import { restartDelayMs } from './restart-delay.js';

describe('The delay before a crashed process is started again', () => {
  it('doubles with every crash in a row, from half a second', () => {
    expect([1, 2, 3, 4].map(restartDelayMs)).toEqual([500, 1000, 2000, 4000]);
  });

  it('never passes half a minute, however often it crashed', () => {
    expect([7, 20, 5000].map(restartDelayMs)).toEqual([30_000, 30_000, 30_000]);
  });
});
