import { hash, type Options, verify } from '@node-rs/argon2';

/**
 * argon2id with the parameters that OWASP's Password Storage Cheat Sheet gives as its minimum: 19 MiB, 2 passes,
 * 1 lane. Runs in libuv's pool, not on the event loop.
 */
const parameters: Options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 };

export const minPasswordLength = 12;
/** Longer ones would only let a stranger buy computing time. */
export const maxPasswordLength = 256;

/** PHC string format, with its own random salt. */
export const hashPassword = (password: string): Promise<string> => hash(password, parameters);

export const passwordFits = (password: string, passwordHash: string): Promise<boolean> =>
  verify(passwordHash, password);
