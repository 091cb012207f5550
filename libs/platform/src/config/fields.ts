import { z } from 'zod';

/** Building blocks of a configuration schema: text from the environment in, a checked value out. */

export const port = (fallback: number) =>
  z.coerce.number().int().min(0).max(65535).default(fallback).meta({ example: fallback });

export const integer = (fallback: number, { min = 0, max = Number.MAX_SAFE_INTEGER } = {}) =>
  z.coerce.number().int().min(min).max(max).default(fallback).meta({ example: fallback });

export const fraction = (fallback: number) =>
  z.coerce.number().min(0).max(1).default(fallback).meta({ example: fallback });

export const flag = (fallback: boolean) =>
  z
    .enum(['true', 'false', '1', '0'])
    .transform((value) => value === 'true' || value === '1')
    .default(fallback)
    .meta({ example: fallback });

/** How many proxies of one's own are in front, one behind the other: `true` is one. */
export const proxies = () =>
  z
    .string()
    .regex(/^(true|false|\d)$/, 'must be true, false, or how many proxies are in front')
    .transform((value) => (value === 'true' ? 1 : value === 'false' ? 0 : Number(value)))
    .default(0)
    .meta({ example: 'false' });

export const postgresUrl = () =>
  z
    .string()
    .regex(/^postgres(ql)?:\/\//, 'must be a Postgres connection URL')
    .meta({ example: 'postgres://sluice:secret@127.0.0.1:5432/sluice' });

export const text = (fallback: string) => z.string().min(1).default(fallback).meta({ example: fallback });

export const logLevel = () =>
  z
    .enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'])
    .default('info')
    .meta({ example: 'info' });
