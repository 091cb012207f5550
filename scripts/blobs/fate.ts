import type { StoredBlob } from '#libs/blobs';
import type { StoredPicture } from '#libs/database';

/** What becomes of a stored picture, and why. */
export type Fate =
  /** stored lately: its event may be on its way */
  | 'young'
  /** a person has yet to decide */
  | 'open-case'
  /** a verdict may still change */
  | 'not-final'
  /** the policy keeps it for some more days */
  | 'retained'
  /** put after the last content that tells of a put: an event may still be in the bus or among the dead letters */
  | 'awaited'
  /** its retention is over */
  | 'expired'
  /** put so long ago that no event of it can come any more */
  | 'orphan';

export const fatesThatDelete: readonly Fate[] = ['expired', 'orphan'];

export interface SweepRules {
  minAgeMs: number;
  orphanAgeMs: number;
}

/**
 * A put comes some seconds after the upload was received; the rest is for clocks that differ, and for the age that a
 * put leaves as it is.
 */
const putAfterReceivedMs = 60 * 60_000;

/** @param picture undefined where no content shows these bytes */
export const fateOf = (
  { storedAt }: Pick<StoredBlob, 'storedAt'>,
  picture: StoredPicture | undefined,
  now: Date,
  { minAgeMs, orphanAgeMs }: SweepRules,
): Fate => {
  const ageMs = now.getTime() - storedAt.getTime();
  if (ageMs < minAgeMs) return 'young';
  if (picture?.hasOpenCase) return 'open-case';
  if (picture?.isUnsettled) return 'not-final';
  if (picture?.keptUntil && picture.keptUntil > now) return 'retained';
  const storedForAt = picture?.storedForAt ?? undefined;
  const isExplained =
    storedForAt !== undefined && storedAt.getTime() <= storedForAt.getTime() + putAfterReceivedMs;
  if (isExplained) return 'expired';
  return ageMs < orphanAgeMs ? 'awaited' : 'orphan';
};
