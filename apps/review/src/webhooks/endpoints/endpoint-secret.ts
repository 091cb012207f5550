import type { SecretCipher } from '#libs/platform';
import { randomBytes } from 'node:crypto';

const secretBytes = 32;

/** 256 random bits, recognisable by scanners for secrets. */
export const newEndpointSecret = (): string => `whsec_${randomBytes(secretBytes).toString('base64url')}`;

const contextOf = (endpointId: string): string => `webhook_endpoint ${endpointId}`;

/** Encrypted, for this endpoint's row only. @throws Problem `unavailable` where the installation has no key */
export const sealEndpointSecret = (cipher: SecretCipher, endpointId: string, secret: string): Buffer =>
  cipher.seal(secret, contextOf(endpointId));

/** The secrets in force, the current one first. @throws SecretUnreadable */
export const currentSecrets = (
  cipher: SecretCipher,
  { id, secret, previousSecret }: { id: string; secret: Buffer; previousSecret: Buffer | null },
): string[] =>
  [secret, previousSecret]
    .filter((sealed) => sealed !== null)
    .map((sealed) => cipher.open(sealed, contextOf(id)));
