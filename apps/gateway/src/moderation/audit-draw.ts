import { createHash } from 'node:crypto';

/** 48 bits of a hash make a number in [0, 1) that is uniform enough for any rate. */
const bytesOfNumber = 6;

/**
 * The number in [0, 1) that says whether a content becomes an audit sample. Drawn from its id, which nobody outside
 * chooses: a request that is repeated under its Idempotency-Key, perhaps because nobody heard whether the bus took the
 * sample, draws the same again. Another number would tell its caller `final` while a person is asked, and would sample
 * repeated requests at a higher rate than the propensity says.
 */
export const auditDraw = (contentId: string): number => {
  const hash = createHash('sha256').update(`audit draw:${contentId}`).digest();
  return hash.readUIntBE(0, bytesOfNumber) / 2 ** (8 * bytesOfNumber);
};
