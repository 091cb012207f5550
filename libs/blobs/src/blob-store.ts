import { Problem } from '#libs/platform';

/** How old, in ms, a stored blob may be that a put leaves as it is. Whoever deletes by age leaves much younger ones alone. */
export const refreshAfterMs = 10 * 60_000;

export interface StoredBlob {
  key: string;
  bytes: number;
  /** when it was put last, but for `refreshAfterMs`; by the store's clock, maybe in whole seconds */
  storedAt: Date;
}

/**
 * Keeps pictures' bytes under content-addressed keys. An abstract class, so that it is its own injection token.
 *
 * Every method throws `InvalidBlobKey` for a key that `blobKeyFor` does not make, and `BlobUnavailable` when the store
 * cannot do what was asked now.
 */
export abstract class BlobStore {
  /**
   * Resolves once the bytes would survive a power cut. The key says what the bytes are, so a second put of the same
   * key is cheap and changes nothing but the blob's age: after it, `storedAt` lies at most `refreshAfterMs` back.
   */
  abstract put(key: string, bytes: Uint8Array): Promise<void>;

  /** The bytes, or undefined where nothing is stored under this key. Whoever needs certainty checks their sha256. */
  abstract get(key: string): Promise<Buffer | undefined>;

  /** Resolves also when there was nothing. */
  abstract delete(key: string): Promise<void>;

  /** Every blob that is there all the while, in no order; one that comes or goes meanwhile may be among them. */
  abstract list(): AsyncIterable<StoredBlob>;

  /**
   * Deletes what was last put before `than`, and nothing that a put refreshes at the same moment.
   *
   * @returns whether it was deleted
   */
  abstract deleteIfOlder(key: string, than: Date): Promise<boolean>;

  /** Resolves when the store can be written and read; rejects with `BlobUnavailable`. */
  abstract check(): Promise<void>;

  abstract close(): Promise<void>;
}

/** The store is out of reach or full: a fault of ours that may pass. Callers see `unavailable`, 503. */
export class BlobUnavailable extends Problem {
  constructor(action: string, cause: unknown) {
    super('unavailable', `The image store could not ${action}; nothing was accepted. Try again shortly.`, {
      cause,
    });
    this.name = 'BlobUnavailable';
  }
}
