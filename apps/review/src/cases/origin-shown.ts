import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { CaseKind } from '#libs/domain';

interface Origin {
  contentId: string;
  receivedAt: Date;
  /** by how much instants that belong to the content are shown later than they were, in milliseconds */
  laterByMs: number;
}

/** Bounds of the time that a picture seems to have taken from the gateway to a case, in milliseconds. */
export const wayMs = { shortest: 2_000, longest: 12_000 };

/**
 * Which content, of when, a case seems to be about. Of a content case the truth. A second look or a golden case is about
 * a picture that came long ago, and the id of its content holds that time too: both would tell its moderator that it is
 * a test. They are drawn from the case's own id, so that they are the same whenever somebody looks.
 */
export const originShownOf = ({
  id,
  kind,
  createdAt,
  content,
}: {
  id: string;
  kind: CaseKind;
  createdAt: Date;
  content: { id: string; receivedAt: Date | string };
}): Origin => {
  const receivedAt = new Date(content.receivedAt);
  if (kind === 'content') return { contentId: content.id, receivedAt, laterByMs: 0 };
  const drawn = createHash('sha256').update(id).digest();
  const way = wayMs.shortest + (drawn.readUInt32BE(16) % (wayMs.longest - wayMs.shortest));
  const shown = new Date(createdAt.getTime() - way);
  return {
    contentId: uuidv7({ msecs: shown.getTime(), random: drawn.subarray(0, 16) }),
    receivedAt: shown,
    laterByMs: shown.getTime() - receivedAt.getTime(),
  };
};
