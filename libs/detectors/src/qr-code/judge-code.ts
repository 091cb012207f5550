import { type Category, type Evidence, type LinkRules, longestEvidence } from '#libs/domain';
import { deniedHost, type Standing, standingOf } from '../links/standing.js';
import { shownText } from '../shown-text.js';
import { type Payload, readPayload } from './payload.js';
import type { ReadCode } from './protocol.js';

export const qrCategory: Category = 'spam/qr-code';

/**
 * Levels for thresholds to stand between, not probabilities: that a code was read is certain, and how welcome it is
 * depends on the place.
 */
const levels: Readonly<Record<Standing, number>> = { denied: 1, unlisted: 0.8, allowed: 0 };

/** What a person is shown of a code; its score is the code's level. */
export const judgeCode = ({ text, bytes, box }: ReadCode, rules: LinkRules): Evidence => {
  const payload = text === undefined ? { kind: 'bytes, as hex', links: [] } : readPayload(text);
  const standing = standingOfPayload(payload, rules);
  return {
    kind: 'payload',
    category: qrCategory,
    text: shownText(text ?? hexOf(bytes)) ?? '(empty)',
    note: noteOf(payload, standing, rules),
    score: levels[standing],
    box,
  };
};

/** Harmless is only what leads to an allowed domain and says nothing else. */
const standingOfPayload = ({ link, links }: Payload, rules: LinkRules): Standing => {
  if (links.some((each) => deniedHost(each, rules) !== undefined)) return 'denied';
  return link ? standingOf(link, rules) : 'unlisted';
};

const longestNote = 100;

const noteOf = ({ kind, links }: Payload, standing: Standing, rules: LinkRules): string => {
  const denied = links.map((link) => deniedHost(link, rules)).find((host) => host !== undefined);
  if (denied !== undefined) return shownText(`denied domain: ${denied}`, longestNote) ?? 'denied domain';
  return standing === 'allowed' ? 'allowed domain' : kind;
};

/** @param bytes as many as can be shown are written, two digits each */
const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes.subarray(0, longestEvidence)).toString('hex');
