import { describe, expect, it, jest } from '@jest/globals';
import type { DataSource } from '#libs/database';
import { TrialsService } from './trials.service.js';

/** A database without trials. */
const database = { query: () => Promise.resolve([]) } as unknown as DataSource;

describe('Packs on trial at the start of a worker', () => {
  it('let nobody start where the packs cannot stand as their trials say: one on trial would judge', async () => {
    const refusal = new Error('detector a: its route waits for a score that nobody gives');
    const logger = { info: jest.fn(), warn: jest.fn(), error: jest.fn() };
    const opened = TrialsService.open(
      database,
      { subscribe: () => () => Promise.resolve() },
      {
        models: { deep: [], openNew: () => Promise.resolve(), look: () => Promise.reject(refusal) },
        detectors: {
          all: [],
          follow: () => {
            throw refusal;
          },
        },
        logger,
      },
    );
    await expect(opened).rejects.toBe(refusal);
    expect(logger.error).not.toHaveBeenCalled();
  });
});
