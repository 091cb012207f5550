import { createHash, randomBytes } from 'node:crypto';

const tokenBytes = 32;

/** What a session's cookie holds, 256 random bits in base64url, and what is stored of it. */
export const newSessionToken = (): { token: string; hash: Buffer } => {
  const token = randomBytes(tokenBytes).toString('base64url');
  return { token, hash: hashSessionToken(token) };
};

/** SHA-256, 32 bytes: with 256 bits of entropy a slow hash would protect nothing more. */
export const hashSessionToken = (token: string): Buffer => createHash('sha256').update(token).digest();
