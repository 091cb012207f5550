import { createHash } from 'node:crypto';

/** 48 bits of a hash make a number in [0, 1) that is uniform enough for any rate. */
const bytesOfNumber = 6;

/**
 * Whether an event's content is an audit sample, and with what probability. Depends on the id alone, so that a
 * redelivery picks the same, and an uploader cannot choose it.
 *
 * @param rate 0–1
 */
export const pickForAudit = (eventId: string, rate: number): { propensity: number } | null => {
  const hash = createHash('sha256').update(`audit:${eventId}`).digest();
  const drawn = hash.readUIntBE(0, bytesOfNumber) / 2 ** (8 * bytesOfNumber);
  return drawn < rate ? { propensity: rate } : null;
};
