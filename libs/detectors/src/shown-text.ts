import { longestEvidence } from '#libs/domain';

/** Controls but line feeds and tabs, and what turns the direction of writing: both would show a person something else. */
const misleading = /[^\P{Cc}\n\t]|[\u200e\u200f\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/gu;
const replacement = '\ufffd';

/**
 * Text from a picture as evidence can hold it: no NUL, no half characters, no controls, at most `longest` UTF-16 units,
 * the last of them `…` where something is left out. Undefined where nothing is left.
 */
export const shownText = (text: string, longest = longestEvidence): string | undefined => {
  const clean = text.replace(misleading, replacement).trim();
  if (clean.length <= longest) return clean === '' ? undefined : clean;
  return `${clean.slice(0, longest - 1).replace(/[\ud800-\udbff]$/, '')}…`;
};
