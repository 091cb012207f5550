import { describe, expect, it } from '@jest/globals';
import { DeviceSpread } from './device-spread.js';

const takeNext = (spread: DeviceSpread): number => {
  const device = spread.next();
  spread.take(device);
  return device;
};

describe('Threads on several GPUs', () => {
  it('take turns', () => {
    const spread = new DeviceSpread([0, 2, 5]);
    expect(Array.from({ length: 7 }, () => takeNext(spread))).toEqual([0, 2, 5, 0, 2, 5, 0]);
  });

  it('follow those that are gone, wherever they were', () => {
    const spread = new DeviceSpread([0, 1]);
    for (let i = 0; i < 4; i += 1) takeNext(spread);
    spread.leave(1);
    spread.leave(1);
    expect([takeNext(spread), takeNext(spread), takeNext(spread)]).toEqual([1, 1, 0]);
  });

  it('need one at least', () => {
    expect(() => new DeviceSpread([])).toThrow('threads need a device');
  });
});
