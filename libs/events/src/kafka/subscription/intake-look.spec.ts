import { describe, expect, it } from '@jest/globals';
import { Intake, type Waiting } from './intake.js';

const aMessage = (facts: Partial<Waiting> = {}): Waiting => ({ deaths: 0, bytes: 1, arrivedAt: 0, ...facts });
const anIntakeWith = (
  messages: Waiting[],
  { mostMessages = 100, mostBytes = 1_000 } = {},
): Intake<Waiting> => {
  const intake = new Intake<Waiting>({ batchSize: 3, mostMessages, mostBytes });
  for (const message of messages) intake.add(message);
  return intake;
};
/** As long as a fetch is being handed over. */
const whileMoreComes = { isMoreComing: true, isIdle: true };

describe('An intake is worth a look', () => {
  it.each([
    { what: 'nothing', messages: [], expected: false },
    { what: 'a part of a batch', messages: [aMessage(), aMessage()], expected: false },
    { what: 'a full batch', messages: [aMessage(), aMessage(), aMessage()], expected: true },
    { what: 'a suspect at its head', messages: [aMessage({ deaths: 1 })], expected: true },
    {
      what: 'a suspect behind others',
      messages: [aMessage(), aMessage({ deaths: 1 })],
      expected: false,
    },
    { what: 'all the bytes it may', messages: [aMessage({ bytes: 1_000 })], expected: true },
  ])('with $what: $expected, as is whether it gives a batch', ({ messages, expected }) => {
    const intake = anIntakeWith(messages);
    expect(intake.isWorthALook).toBe(expected);
    expect(intake.take(whileMoreComes).length > 0).toBe(expected);
  });

  it('when it holds as many as it may, although that is less than a batch', () => {
    const intake = anIntakeWith([aMessage(), aMessage()], { mostMessages: 2 });
    expect(intake.isWorthALook).toBe(true);
  });

  it('no more once its batch was taken', () => {
    const intake = anIntakeWith([aMessage(), aMessage(), aMessage(), aMessage()]);
    intake.take(whileMoreComes);
    expect(intake.isWorthALook).toBe(false);
  });
});
