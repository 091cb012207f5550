import { type Passage } from '../passage.js';
import { confidences, type ContactKind, type Found } from './contact.js';
import { undisguised } from './disguises.js';
import { findEmailAddresses } from './email-addresses.js';
import { findHandles } from './handles.js';
import type { PhoneDirectory } from './phone-directory.js';
import { findPhoneNumbers } from './phone-numbers.js';
import { findWebAddresses } from './web-addresses.js';

/** Contact information that is written in a picture. */
export interface Contact {
  kind: ContactKind;
  /** in its normal form, see `Found` */
  value: string;
  /** 0–1 */
  confidence: number;
  isDisguised: boolean;
  /** of the passage, by their index, in order: those on which it stands */
  lines: number[];
}

/** Most contacts of one passage that are told; and that are looked at, of each kind, since they are compared pairwise. */
const [mostContacts, mostFound] = [32, 64];

/**
 * Contact information in a passage: as it is written, then what is seen once disguises are undone. The surest first.
 * Takes time in proportion to the passage's length.
 */
export const findContacts = (passage: Passage, directory: PhoneDirectory): Contact[] => {
  const open = contactsIn(passage, directory);
  const bare = undisguised(passage);
  const hidden =
    bare === passage || bare.text === passage.text ? [] : contactsIn(bare, directory).map(asDisguised);
  const all = [...open, ...hidden.filter((contact) => !open.some((known) => says(known, contact)))];
  return all
    .filter(
      (contact) => !all.some((other) => other !== contact && says(other, contact) && !says(contact, other)),
    )
    .sort((a, b) => b.confidence - a.confidence)
    .slice(0, mostContacts);
};

/** Each finder looks at what the ones before it left: a mail address has a host, and a link may have a number. */
const contactsIn = (passage: Passage, directory: PhoneDirectory): Contact[] => {
  const finders = [
    findEmailAddresses,
    findWebAddresses,
    (text: string) => findPhoneNumbers(text, directory),
    findHandles,
  ];
  const contacts: Contact[] = [];
  let { text } = passage;
  for (const find of finders)
    for (const found of find(text).slice(0, mostFound)) {
      contacts.push(contactOf(found, passage));
      text = text.slice(0, found.start) + '\n'.repeat(found.end - found.start) + text.slice(found.end);
    }
  return contacts;
};

const contactOf = (
  { kind, value, confidence, isDisguised, start, end }: Found,
  { lineAt }: Passage,
): Contact => ({
  kind,
  value,
  confidence: isDisguised ? Math.min(confidence, confidences.clear) : confidence,
  isDisguised,
  lines: [...new Set(lineAt.slice(start, end))],
});

const asDisguised = (contact: Contact): Contact => ({
  ...contact,
  isDisguised: true,
  confidence: Math.min(contact.confidence, confidences.likely),
});

/** The one tells what the other does, and maybe more: `joe@example.com` tells `example.com`. */
const says = (one: Contact, other: Contact): boolean =>
  one.value === other.value
    ? one.kind === other.kind
    : one.value.includes(other.value) && one.lines.some((line) => other.lines.includes(line));
