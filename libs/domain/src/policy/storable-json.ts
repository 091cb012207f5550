import { type Finding, pathOf } from './findings.js';
import { isStorableText } from './plain-text.js';

/** Deeper than any policy; Postgres and JSON itself give up somewhere beyond. */
const maxDepth = 20;

/** Why a JSON value cannot be stored as it is, whatever it means; undefined where it can. */
export const unstorable = (value: unknown, steps: PropertyKey[] = []): Finding | undefined => {
  if (typeof value === 'string')
    return isStorableText(value)
      ? undefined
      : { path: pathOf(steps), message: 'text has neither NUL nor half characters' };
  // YAML has them, JSON would make them null, and of a threshold that means never.
  if (typeof value === 'number' && !Number.isFinite(value))
    return { path: pathOf(steps), message: 'a number is neither infinite nor NaN' };
  if (typeof value !== 'object' || value === null) return undefined;
  if (steps.length >= maxDepth) return { path: pathOf(steps), message: `nested deeper than ${maxDepth}` };
  for (const [key, each] of Object.entries(value)) {
    if (!isStorableText(key)) return { path: pathOf(steps), message: 'a name has NUL or half characters' };
    const found = unstorable(each, [...steps, key]);
    if (found) return found;
  }
  return undefined;
};
