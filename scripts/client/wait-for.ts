import { setTimeout as delay } from 'node:timers/promises';

const pollMs = 50;

/**
 * Asks again and again until there is something.
 * @throws Error naming what was waited for, after `limitMs`
 */
export const waitFor = async <Found>(
  what: string,
  limitMs: number,
  ask: () => Promise<Found | undefined>,
): Promise<Found> => {
  for (const givenUpAt = Date.now() + limitMs; ; await delay(pollMs)) {
    const found = await ask();
    if (found !== undefined) return found;
    if (Date.now() > givenUpAt) throw new Error(`Waited ${limitMs / 1000} s in vain for ${what}`);
  }
};
