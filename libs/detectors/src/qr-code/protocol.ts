import type { Evidence, Pixels } from '#libs/domain';

/** Words between the detector and its threads. */
export interface ReadRequest {
  views: Pixels[];
  /** milliseconds since 1970: views that have not been looked at by then are left */
  until: number;
}

/** Undefined when the time was over before all views were read. */
export type ReadAnswer = ReadCode[] | undefined;

/** A code whose error correction held. */
export interface ReadCode {
  /** undefined where the code holds bytes that are no text */
  text: string | undefined;
  bytes: Uint8Array;
  box: NonNullable<Evidence['box']>;
}
