import { describe, expect, it } from '@jest/globals';
import { Intake } from './intake.js';

interface Numbered {
  id: number;
  deaths: number;
  bytes: number;
  arrivedAt: number;
}

const anIntake = ({ mostMessages = 100, mostBytes = 1_000 } = {}): Intake<Numbered> =>
  new Intake({ batchSize: 3, mostMessages, mostBytes });
const aMessage = (id: number, facts: Partial<Numbered> = {}): Numbered => ({
  id,
  deaths: 0,
  bytes: 1,
  arrivedAt: 0,
  ...facts,
});
const calm = { isMoreComing: false, isIdle: true };
const idsOf = (messages: Numbered[]): number[] => messages.map(({ id }) => id);

describe('An intake', () => {
  it('gives full batches, oldest first, and the rest when no more is coming', () => {
    const intake = anIntake();
    for (const id of [1, 2, 3, 4, 5]) intake.add(aMessage(id));
    expect(idsOf(intake.take({ isMoreComing: true, isIdle: true }))).toEqual([1, 2, 3]);
    expect(intake.take({ isMoreComing: true, isIdle: true })).toEqual([]);
    expect(idsOf(intake.take(calm))).toEqual([4, 5]);
    expect(intake.take(calm)).toEqual([]);
  });

  it('has no room when it holds so many messages or so many bytes, but takes one of any size', () => {
    const byCount = anIntake({ mostMessages: 2 });
    byCount.add(aMessage(1));
    expect(byCount.hasRoom).toBe(true);
    byCount.add(aMessage(2));
    expect(byCount.hasRoom).toBe(false);
    const byBytes = anIntake({ mostBytes: 10 });
    expect(byBytes.hasRoom).toBe(true);
    byBytes.add(aMessage(1, { bytes: 5_000 }));
    expect(byBytes.hasRoom).toBe(false);
    byBytes.take(calm);
    expect(byBytes.hasRoom).toBe(true);
  });

  it('gives a batch that is not full when it has no room for more', () => {
    const intake = anIntake({ mostBytes: 2 });
    intake.add(aMessage(1));
    intake.add(aMessage(2));
    expect(idsOf(intake.take({ isMoreComing: true, isIdle: true }))).toEqual([1, 2]);
  });

  it('gives several batches in one where that is asked, without a part of one while more is coming', () => {
    const intake = anIntake();
    for (let id = 1; id <= 11; id++) intake.add(aMessage(id));
    const busy = { isMoreComing: true, isIdle: true, mostBatches: 2 };
    expect(idsOf(intake.take(busy))).toEqual([1, 2, 3, 4, 5, 6]);
    expect(idsOf(intake.take(busy))).toEqual([7, 8, 9]);
    expect(intake.take(busy)).toEqual([]);
    expect(idsOf(intake.take({ ...calm, mostBatches: 2 }))).toEqual([10, 11]);
  });

  it('gives a suspect alone also where several batches are asked for', () => {
    const intake = anIntake();
    for (let id = 1; id <= 6; id++) intake.add(aMessage(id, { deaths: id === 2 ? 1 : 0 }));
    const busy = { ...calm, mostBatches: 4 };
    expect(idsOf(intake.take(busy))).toEqual([1, 3, 4, 5, 6]);
    expect(idsOf(intake.take(busy))).toEqual([2]);
  });

  it('gives what was in work at a consumer’s death alone', () => {
    const intake = anIntake();
    for (const [id, deaths] of [
      [1, 0],
      [2, 1],
      [3, 0],
      [4, 1],
    ] as const)
      intake.add(aMessage(id, { deaths }));
    expect(idsOf(intake.take(calm))).toEqual([1, 3]);
    expect(idsOf(intake.take({ isMoreComing: true, isIdle: false }))).toEqual([2]);
    expect(idsOf(intake.take(calm))).toEqual([4]);
  });

  it('gives what saw two deaths only while nothing else is in work', () => {
    const intake = anIntake();
    intake.add(aMessage(1, { deaths: 2 }));
    intake.add(aMessage(2));
    expect(intake.take({ isMoreComing: false, isIdle: false })).toEqual([]);
    expect(idsOf(intake.take(calm))).toEqual([1]);
    expect(idsOf(intake.take(calm))).toEqual([2]);
  });

  it('lets go of what is not wanted any more, and has room again', () => {
    const intake = anIntake({ mostMessages: 2 });
    intake.add(aMessage(1));
    intake.add(aMessage(2));
    expect(idsOf(intake.drop(({ id }) => id === 1))).toEqual([1]);
    expect(intake.hasRoom).toBe(true);
    expect(idsOf(intake.take(calm))).toEqual([2]);
  });
});
