import { createHash } from 'node:crypto';
import { v7 } from 'uuid';

/** A new UUIDv7 (RFC 9562): sorts by time of making. */
export const newId = (): string => v7();

/** When a UUIDv7 was made, in milliseconds since 1970; undefined for other UUIDs. */
export const timeOfId = (id: string): number | undefined =>
  id[14] === '7' ? parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : undefined;

/** A number in [0, 1) by which a case seems to be in doubt: evenly drawn, always the same for the same content. */
export const triageDrawOf = (id: string): number =>
  createHash('sha256').update(`triage draw:${id}`).digest().readUIntBE(0, 6) / 2 ** 48;
