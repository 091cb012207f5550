import type { Verdict } from '#libs/domain';
import { seeded } from '../../../test/fixtures/pictures.js';

/** One upload as it is meant: what is drawn, how it is sent, and what the two tiers will see in it. */
export interface PlannedUpload {
  /** from 0 */
  number: number;
  /** the caller's own name for it, by which the ledger's rows are found */
  reference: string;
  idempotencyKey: string;
  surface: 'default' | 'listing';
  mode: 'sync' | 'async';
  /** what the fast model's score of the picture means under the suite's policy */
  fast: Verdict;
  deep: Verdict;
  /** how often it is tried before its caller gives up, to come back when all is over */
  attempts: number;
}

/** A caller that stays: with the longest pause between two tries these are minutes. */
const patient = 200;
const impatient = 3;

/** Uploads by the dozen are the point, so nothing here depends on the ones before: the same seed and number, the same upload. */
export const planUpload = (seed: number, number: number): PlannedUpload => {
  const random = seeded(seed * 1_000_003 + number);
  const reference = `chaos-${seed}-${number}`;
  return {
    number,
    reference,
    idempotencyKey: `key-${reference}`,
    surface: random() < 0.08 ? 'listing' : 'default',
    mode: random() < 0.08 ? 'async' : 'sync',
    fast: pick(random(), { allow: 0.55, review: 0.3, block: 0.15 }),
    deep: pick(random(), { allow: 0.4, review: 0.35, block: 0.25 }),
    attempts: random() < 0.2 ? impatient : patient,
  };
};

const pick = (drawn: number, shares: Record<Verdict, number>): Verdict => {
  if (drawn < shares.allow) return 'allow';
  return drawn < shares.allow + shares.review ? 'review' : 'block';
};
