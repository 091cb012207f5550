import { describe, expect, it } from '@jest/globals';
import kafkajs from 'kafkajs';
import { breakageOf } from './breakage.js';

const notFound = Object.assign(new Error('Failed to find group coordinator'), {
  name: 'KafkaJSGroupCoordinatorNotFound',
});
const notAvailable = new kafkajs.KafkaJSProtocolError(
  Object.assign(new Error('The group coordinator is not available'), {
    type: 'GROUP_COORDINATOR_NOT_AVAILABLE',
    code: 15,
  }),
);
const givenUp = new kafkajs.KafkaJSNumberOfRetriesExceeded(notAvailable, { retryCount: 3, retryTime: 1_000 });

describe('A consumer that breaks', () => {
  it.each([notFound, notAvailable, givenUp])(
    'is no warning when it only came before its coordinator',
    (error) => {
      expect(breakageOf(error, 1).level).toBe('info');
    },
  );

  it('is one when that goes on', () => {
    expect(breakageOf(notFound, 2).level).toBe('warn');
  });

  it.each([new kafkajs.KafkaJSConnectionError('connect ECONNREFUSED'), undefined])(
    'is one at once for any other reason',
    (error) => {
      expect(breakageOf(error, 1).level).toBe('warn');
    },
  );
});
