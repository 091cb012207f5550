import { z } from 'zod';

export const queueNameSchema = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,63}$/, 'a queue is a short lower-case word, e.g. goods');

/** Where a case waits that nothing puts elsewhere. */
export const generalQueue = 'general';

/** Where escalated cases wait. */
export const seniorQueue = 'senior';

export const maxQueueTitleLength = 120;

/** Seconds within which a queue's cases are promised to be decided: a minute to ninety days. */
export const slaSecondsSchema = z.number().int().min(60).max(7_776_000);
