import type { Outcome } from './event-bus.js';

/** The event was handled (or needed no handling): never deliver it to this group again. */
export const done = (): Outcome => ({ kind: 'done' });

/** A fault of ours: deliver it again later. */
export const retry = (reason: string): Outcome => ({ kind: 'retry', reason });

/** The event itself is at fault: keep it aside for a person. */
export const dead = (reason: string): Outcome => ({ kind: 'dead', reason });
