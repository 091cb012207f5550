import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** An entry as it is hashed: every field but the sealer's own `written_tx`. */
export interface SealableEntry {
  id: string;
  at: Date;
  actorKind: string;
  actorId: string | null;
  act: string;
  subjectKind: string;
  subjectId: string;
  details: unknown;
}

/** What stands before the first entry: 32 zero bytes. */
export const genesisHash: Buffer = Buffer.alloc(32);

/**
 * SHA-256 over the hash before it (32 bytes) and the canonical JSON (RFC 8785, UTF-8) of
 * `{ entry: { act, actorId, actorKind, at, details, id, subjectId, subjectKind }, sealedAt, sequence }`, with instants in
 * ISO 8601, UTC, to the millisecond. Whoever changes any of it changes this hash and all that follow.
 *
 * @param sequence from 1
 * @throws Error for details that JSON cannot hold
 */
export const sealHash = (
  previousHash: Buffer,
  sequence: number,
  sealedAt: Date,
  { id, at, actorKind, actorId, act, subjectKind, subjectId, details }: SealableEntry,
): Buffer => {
  const entry = { id, at: at.toISOString(), actorKind, actorId, act, subjectKind, subjectId, details };
  const canonical = canonicalize({ entry, sealedAt: sealedAt.toISOString(), sequence })!;
  return createHash('sha256').update(previousHash).update(canonical, 'utf8').digest();
};
