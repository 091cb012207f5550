import type { DeadLetter } from '#libs/events';
import type { Poison } from '../poison/poison.js';
import type { PoisonBook } from '../poison/poisoner.js';

export interface LettersCheck {
  /** poison that is in no dead letters, or not in those of a group that has to have it */
  missing: string[];
  /** letters that are no poison, or one too many */
  others: string[];
}

const idPattern = /poison-\d+-\d+-[0-9a-f]{8}/;

/** Every poison once in the letters of each group that could not use it, and nothing else. */
export const checkLetters = (letters: DeadLetter[], { sure, perhaps }: PoisonBook): LettersCheck => {
  const found = new Map<string, number>();
  const others: string[] = [];
  const known = new Map<string, Poison>([...sure, ...perhaps].map((poison) => [poison.id, poison]));
  for (const letter of letters) {
    const poison = known.get(idOf(letter) ?? '');
    const name = `${poison?.id} for ${letter.group}`;
    if (!poison || !poison.groups.includes(letter.group)) others.push(shown(letter));
    else if (found.has(name)) others.push(`${shown(letter)}, once more`);
    found.set(name, (found.get(name) ?? 0) + 1);
  }
  const missing = sure.flatMap(({ id, kind, groups }) =>
    groups.filter((group) => !found.has(`${id} for ${group}`)).map((group) => `${id} (${kind}) for ${group}`),
  );
  return { missing, others };
};

const idOf = ({ event }: DeadLetter): string | undefined => idPattern.exec(JSON.stringify(event))?.[0];

const shown = ({ id, topic, group, reason }: DeadLetter): string =>
  `${id} (${topic} for ${group}): ${reason.slice(0, 160)}`;
