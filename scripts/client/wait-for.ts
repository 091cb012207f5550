import { setTimeout as delay } from 'node:timers/promises';

const firstPauseMs = 25;
const longestPauseMs = 500;
/** Each pause is longer than the one before: what is quick is seen quickly, and many who wait ask little. */
const growth = 1.4;

/**
 * Asks again and again until there is something.
 * @throws Error naming what was waited for, after `limitMs`
 */
export const waitFor = async <Found>(
  what: string,
  limitMs: number,
  ask: () => Promise<Found | undefined>,
): Promise<Found> => {
  const givenUpAt = Date.now() + limitMs;
  for (let pauseMs = firstPauseMs; ; pauseMs = Math.min(longestPauseMs, pauseMs * growth)) {
    const found = await ask();
    if (found !== undefined) return found;
    if (Date.now() > givenUpAt) throw new Error(`Waited ${limitMs / 1000} s in vain for ${what}`);
    await delay(pauseMs);
  }
};
