import { type DomainStrength, topLevelDomain } from './top-level-domains.js';

/** A host's name that stands in a text. */
export interface HostInText {
  /** in lower case, misread endings put right, without a final dot */
  name: string;
  start: number;
  end: number;
  strength: DomainStrength;
  hasWww: boolean;
  isMisread: boolean;
  /** the ending is written as a name begins, `short.Be`, which a sentence without its space looks like */
  looksLikeSentence: boolean;
}

const longestHost = 253;
const wwwAtEnd = /(?:vv|w)(?:vv|w){1,2}$/i;
const endingBeforeCapital = /^(com|net|org)(?=[A-Z]|-)/;
/** OCR engines leave out spaces: `example.comCall` */
const label = /^[\p{L}\p{N}_](?:[\p{L}\p{N}_-]{0,61}[\p{L}\p{N}_])?$/u;

/**
 * The longest host that a run of host characters begins with, or undefined where it has none that ends in a known
 * top-level domain.
 *
 * @param run letters, digits, `_`, `-` and `.` only, which stand in the text from `start`
 */
export const hostOfRun = (run: string, start: number): HostInText | undefined => {
  const labels = run.slice(0, longestHost).split('.');
  for (let last = labels.length - 1; last >= 1; last--) {
    const written = endingBeforeCapital.exec(labels[last]!)?.[0] ?? labels[last]!;
    const ending = topLevelDomain(written);
    if (!ending) continue;
    const names = labels.slice(0, last);
    const first = names.findLastIndex((name) => !label.test(name)) + 1;
    if (first === names.length) continue;
    return hostOf(labels, first, last, written, ending, start);
  }
  return undefined;
};

const hostOf = (
  labels: string[],
  first: number,
  last: number,
  written: string,
  ending: NonNullable<ReturnType<typeof topLevelDomain>>,
  start: number,
): HostInText => {
  const names = labels.slice(first, last);
  const offset = labels.slice(0, first).reduce((sum, name) => sum + name.length + 1, 0);
  const www = names.length > 1 ? wwwAtEnd.exec(names[0]!) : null;
  const shown = www ? names.slice(1) : names;
  const length = names.reduce((sum, name) => sum + name.length + 1, 0) + written.length;
  return {
    name: [...shown, ending.name].join('.').toLowerCase(),
    start: start + offset + (www?.index ?? 0),
    end: start + offset + length,
    strength: ending.strength,
    hasWww: www !== null,
    isMisread: ending.isMisread,
    looksLikeSentence: /^\p{Lu}\p{Ll}/u.test(written) && !/^\p{Lu}/u.test(shown.at(-1)!),
  };
};

/** What hosts are made of: a run of it can be searched for hosts, and nothing beside it belongs to them. */
export const hostRuns = /[\p{L}\p{N}_][\p{L}\p{N}_.-]*/gu;
