import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { Problem } from '../errors/problem.js';

const algorithm = 'aes-256-gcm';
const keyBytes = 32;
/** Of what a sealed secret begins with: the version of this layout, which key, and a nonce (NIST SP 800-38D, 8.2.2). */
const version = 1;
const keyIdBytes = 4;
const nonceBytes = 12;
const tagBytes = 16;
const headBytes = 1 + keyIdBytes + nonceBytes;

/** A stored secret that no key at hand opens, or that was stored for something else. */
export class SecretUnreadable extends Error {
  constructor(why: string) {
    super(`A stored secret cannot be read: ${why}`);
    this.name = 'SecretUnreadable';
  }
}

/**
 * Encrypts secrets that must be used again, and so cannot be hashed, before they are stored: AES-256-GCM. The first key
 * seals, every key opens, so that a key can be replaced while the apps run.
 */
export class SecretCipher {
  private readonly keys: { id: Buffer; key: Buffer }[];

  /** @param keys 32 bytes each; none where the installation stores no secrets */
  constructor(keys: Buffer[]) {
    const misfit = keys.find((key) => key.length !== keyBytes);
    if (misfit) throw new RangeError(`A key has ${keyBytes} bytes, not ${misfit.length}.`);
    this.keys = keys.map((key) => ({
      key,
      id: createHash('sha256').update(key).digest().subarray(0, keyIdBytes),
    }));
  }

  /**
   * @param context what the secret belongs to, such as a row's id: it opens with the same only, so a secret that is
   * moved to another row is of no use there
   * @throws Problem `unavailable` where there is no key
   */
  seal(secret: string, context: string): Buffer {
    const [first] = this.keys;
    if (!first)
      throw new Problem(
        'unavailable',
        'This installation has no key for secrets, so none can be stored; nothing was done. Its operator sets SECRETS_KEY.',
      );
    const head = Buffer.concat([Buffer.from([version]), first.id, randomBytes(nonceBytes)]);
    const cipher = createCipheriv(algorithm, first.key, head.subarray(-nonceBytes));
    cipher.setAAD(authenticated(head, context));
    return Buffer.concat([head, cipher.update(secret, 'utf8'), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws SecretUnreadable */
  open(sealed: Buffer, context: string): string {
    if (sealed.length < headBytes + tagBytes || sealed[0] !== version)
      throw new SecretUnreadable('its form is unknown');
    const head = sealed.subarray(0, headBytes);
    const key = this.keys.find(({ id }) => id.equals(head.subarray(1, 1 + keyIdBytes)))?.key;
    if (!key) throw new SecretUnreadable('it was sealed with a key that SECRETS_KEY does not name');
    const decipher = createDecipheriv(algorithm, key, head.subarray(-nonceBytes), {
      authTagLength: tagBytes,
    });
    decipher.setAAD(authenticated(head, context));
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    try {
      return Buffer.concat([
        decipher.update(sealed.subarray(headBytes, -tagBytes)),
        decipher.final(),
      ]).toString('utf8');
    } catch {
      throw new SecretUnreadable('it was changed, or belongs to something else');
    }
  }
}

const authenticated = (head: Buffer, context: string): Buffer =>
  Buffer.concat([head, Buffer.from(context, 'utf8')]);
