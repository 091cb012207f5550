import { type SecretCipher, SecretUnreadable } from '#libs/platform';
import { randomBytes } from 'node:crypto';

const secretBytes = 32;

/** 256 random bits, recognisable by scanners for secrets. */
export const newEndpointSecret = (): string => `whsec_${randomBytes(secretBytes).toString('base64url')}`;

const contextOf = (endpointId: string): string => `webhook_endpoint ${endpointId}`;

/** Encrypted, for this endpoint's row only. @throws Problem `unavailable` where the installation has no key */
export const sealEndpointSecret = (cipher: SecretCipher, endpointId: string, secret: string): Buffer =>
  cipher.seal(secret, contextOf(endpointId));

/**
 * The secrets in force, the current one first. One before it that cannot be read any more is left out: a rotation is how
 * an endpoint goes on after a key was lost, and must not wait for its overlap to end.
 * @throws SecretUnreadable where the current one cannot be read
 */
export const currentSecrets = (
  cipher: SecretCipher,
  { id, secret, previousSecret }: { id: string; secret: Buffer; previousSecret: Buffer | null },
): string[] =>
  [cipher.open(secret, contextOf(id)), previousSecret && readable(cipher, id, previousSecret)].filter(
    (each) => each != null,
  );

const readable = (cipher: SecretCipher, id: string, sealed: Buffer): string | undefined => {
  try {
    return cipher.open(sealed, contextOf(id));
  } catch (error) {
    if (error instanceof SecretUnreadable) return undefined;
    throw error;
  }
};
