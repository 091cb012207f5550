import { type Corner, type Evidence, longestEvidence, type PolicyRules } from '#libs/domain';
import { readLink } from '../links/link.js';
import { type Standing, standingOf } from '../links/standing.js';
import { type Contact, findContacts } from './contacts/contacts.js';
import type { PhoneDirectory } from './contacts/phone-directory.js';
import type { Passage } from './passage.js';
import { findPhrases } from './phrases.js';
import type { TextLine } from './text-reader.js';

/** As the schema of evidence bounds it. */
const longestNote = 100;

/** What a passage holds that counts, and contacts that the policy allows, which score 0. */
export const evidenceOf = (
  passage: Passage,
  rules: Pick<PolicyRules, 'links' | 'phrases'>,
  directory: PhoneDirectory,
): Evidence[] => [
  ...findContacts(passage, directory).map((contact) => contactEvidence(contact, passage, rules)),
  ...findPhrases(passage, rules.phrases).map(({ phrase, confidence, lines }) => ({
    ...whereItStands(passage, lines),
    category: 'spam/phrase',
    note: storable(`denied phrase: ${phrase}`, longestNote),
    score: confidence,
  })),
];

const contactEvidence = (contact: Contact, passage: Passage, rules: Pick<PolicyRules, 'links'>): Evidence => {
  const standing = standingOfContact(contact, rules);
  return {
    ...whereItStands(passage, contact.lines),
    category: 'spam/contact',
    note: noteOf(contact, standing),
    score: standing === 'denied' ? 1 : standing === 'allowed' ? 0 : contact.confidence,
  };
};

/** Numbers and handles lead nowhere that a policy could list. */
const standingOfContact = ({ kind, value }: Contact, { links }: Pick<PolicyRules, 'links'>): Standing => {
  const address =
    kind === 'e-mail address'
      ? value.slice(value.lastIndexOf('@') + 1)
      : kind === 'web address'
        ? value
        : undefined;
  const link = address === undefined ? undefined : readLink(address);
  return link ? standingOf(link, links) : 'unlisted';
};

const noteOf = ({ kind, isDisguised }: Contact, standing: Standing): string => {
  const what = isDisguised ? `${kind}, disguised` : kind;
  return standing === 'unlisted' ? what : `${what}, ${standing} domain`;
};

const whereItStands = (passage: Passage, lines: number[]): Pick<Evidence, 'kind' | 'text' | 'box'> => {
  const standing = lines.map((line) => passage.lines[line]!);
  const text = standing.map((line) => line.text).join(' ');
  return { kind: 'text', text: storable(text, longestEvidence), box: boxAround(standing) };
};

const storable = (text: string, longest: number): string =>
  text
    .replaceAll('\0', '')
    .slice(0, longest)
    .replace(/\p{Surrogate}/gu, '')
    .trim();

/** One line's own box, which may be tilted; of several, the upright box around them. */
const boxAround = (lines: TextLine[]): Evidence['box'] => {
  const boxes = lines.flatMap(({ box }) => (box ? [box] : []));
  if (boxes.length <= 1) return boxes[0];
  const [xs, ys] = [boxes.flat().map(([x]) => x), boxes.flat().map(([, y]) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const corners: [Corner, Corner, Corner, Corner] = [
    [left, top],
    [right, top],
    [right, bottom],
    [left, bottom],
  ];
  return corners;
};
