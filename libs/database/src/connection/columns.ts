import type { ColumnOptions } from 'typeorm';

/**
 * Milliseconds, as a JavaScript Date holds: with Postgres's own microseconds a cursor made from a Date would lie
 * before the row that it came from.
 */
export const instant = { type: 'timestamptz', precision: 3 } as const satisfies ColumnOptions;

/** Set by the database, whose clock every process shares. */
export const instantNow = { ...instant, default: () => 'now()' } as const satisfies ColumnOptions;
