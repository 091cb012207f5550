import { createHash, randomBytes } from 'node:crypto';

/** `slc_<8 hex digits: the public prefix>_<43 base64url characters: 256 random bits>` */
const pattern = /^slc_([0-9a-f]{8})_[A-Za-z0-9_-]{43}$/;

/** The public part of a key by which its row is found; undefined where it is not a key at all. */
export const parseApiKey = (key: string): { prefix: string } | undefined => {
  const prefix = pattern.exec(key)?.[1];
  return prefix === undefined ? undefined : { prefix };
};

/** SHA-256 of the whole key, 32 bytes. Compare with `crypto.timingSafeEqual`. */
export const hashApiKey = (key: string): Buffer => createHash('sha256').update(key).digest();

export const newApiKey = (): { key: string; prefix: string } => {
  const prefix = randomBytes(4).toString('hex');
  return { key: `slc_${prefix}_${randomBytes(32).toString('base64url')}`, prefix };
};
