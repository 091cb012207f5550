import { z } from 'zod';

const keyPattern = /^[A-Za-z0-9+/]{43}=$/;

/** `SECRETS_KEY` in a configuration schema: no keys where it is unset. */
export const secretsKeyField = () =>
  z
    .string()
    .transform((text) => text.split(',').map((key) => key.trim()))
    .refine(
      (keys) => keys.every((key) => keyPattern.test(key)),
      'must be 32 bytes in base64, or several with commas',
    )
    .transform((keys) => keys.map((key) => Buffer.from(key, 'base64')))
    .default([])
    .describe('What stored secrets are encrypted with; several keys: the first encrypts, all decrypt')
    .meta({ example: '$(openssl rand -base64 32)' });
