import { Problem } from '#libs/platform';

/**
 * Keeps pictures' bytes under content-addressed keys. An abstract class, so that it is its own injection token.
 *
 * Every method throws `InvalidBlobKey` for a key that `blobKeyFor` does not make, and `BlobUnavailable` when the store
 * cannot do what was asked now.
 */
export abstract class BlobStore {
  /**
   * Resolves once the bytes would survive a power cut. The key says what the bytes are, so a second put of the same
   * key is cheap and changes nothing.
   */
  abstract put(key: string, bytes: Uint8Array): Promise<void>;

  /** The bytes, or undefined where nothing is stored under this key. Whoever needs certainty checks their sha256. */
  abstract get(key: string): Promise<Buffer | undefined>;

  /** Resolves also when there was nothing. */
  abstract delete(key: string): Promise<void>;

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
