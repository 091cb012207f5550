import { sha256Schema } from '#libs/domain';

/** Where the bytes with a given sha256 lie: `ab/cd/<sha256>`, two levels so that no folder grows huge. */
export const blobKeyFor = (sha256: string): string => {
  if (!sha256Schema.safeParse(sha256).success) throw new InvalidBlobKey();
  return `${sha256.slice(0, 2)}/${sha256.slice(2, 4)}/${sha256}`;
};

const keyShape = /^([0-9a-f]{2})\/([0-9a-f]{2})\/\1\2[0-9a-f]{60}$/;

/**
 * Only content-addressed keys pass. Keys come back from events and rows, so this is also what keeps a forged one
 * (`../../etc/passwd`) away from the file system.
 *
 * @throws InvalidBlobKey
 */
export const assertBlobKey = (key: string): void => {
  if (!isBlobKey(key)) throw new InvalidBlobKey();
};

export const isBlobKey = (key: string): boolean => keyShape.test(key);

/** What a key says of its bytes: 64 hexadecimal digits. */
export const sha256Of = (key: string): string => key.slice(-64);

/** A key that `blobKeyFor` never makes: a bug or a forgery, never worth a retry. The key itself is not repeated. */
export class InvalidBlobKey extends Error {
  constructor() {
    super('A blob key must be ab/cd/<sha256> as blobKeyFor makes it');
    this.name = 'InvalidBlobKey';
  }
}
