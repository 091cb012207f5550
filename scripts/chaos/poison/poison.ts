import { randomBytes } from 'node:crypto';
import { blobKeyFor } from '#libs/blobs';
import { type ConsumerGroup, type Content, type EventOn, type Judgement } from '#libs/domain';
import { newId } from '#libs/platform';

/** What no retry will mend. */
export const poisonKinds = [
  'unknown type',
  'later version',
  'broken JSON',
  'broken schema',
  'missing blob',
  'altered blob',
  'two megabytes',
] as const;
export type PoisonKind = (typeof poisonKinds)[number];

/** One message for content.flagged, and in whose dead letters it has to end. */
export interface Poison {
  id: string;
  kind: PoisonKind;
  groups: ConsumerGroup[];
  /** of the content that it speaks of */
  contentId: string;
  headers: Record<string, string>;
  /** as it stands on the bus */
  value: string;
}

export interface PoisonParts {
  seed: number;
  number: number;
  apiKeyId: string;
  /** sha256 of bytes that stand in the store under the key of `altered` */
  altered: string;
  policyVersion: number;
}

/** The n-th poison of a run; kinds take turns. */
export const brew = (parts: PoisonParts): Poison => {
  const kind = poisonKinds[parts.number % poisonKinds.length]!;
  const id = `poison-${parts.seed}-${parts.number}-${randomBytes(4).toString('hex')}`;
  const event = flaggedEvent(id, parts, kind === 'altered blob' ? parts.altered : randomSha256());
  const { data, ...attributes } = event;
  const plain = { id, kind, contentId: event.subject, value: JSON.stringify(data) };
  const headers = headersOf(attributes);
  // Both groups read content.flagged. What breaks its schema neither can read; the rest only the worker looks into.
  const everybody: ConsumerGroup[] = ['worker', 'review'];
  switch (kind) {
    case 'unknown type':
      return { ...plain, groups: everybody, headers: { ...headers, ce_type: 'sluice.content.eaten.v1' } };
    case 'later version':
      return { ...plain, groups: everybody, headers: { ...headers, ce_type: 'sluice.content.flagged.v9' } };
    case 'broken JSON':
      return { ...plain, groups: everybody, headers, value: plain.value.slice(0, -7) };
    case 'broken schema':
      return {
        ...plain,
        groups: everybody,
        headers,
        value: JSON.stringify({ ...data, fast: { verdict: 'maybe' } }),
      };
    case 'two megabytes':
      return {
        ...plain,
        groups: everybody,
        headers,
        value: JSON.stringify({
          ...data,
          content: { ...data.content, reference: 'x'.repeat(2 * 1024 * 1024) },
        }),
      };
    case 'missing blob':
    case 'altered blob':
      return { ...plain, groups: ['worker'], headers };
  }
};

/** What the ledger takes and the worker cannot look at: a content row and a case for a person come of it. */
export const becomesContent = ({ groups }: Poison): boolean => !groups.includes('review');

const headersOf = (attributes: Omit<EventOn<'content.flagged'>, 'data'>): Record<string, string> => {
  const { datacontenttype, ...others } = attributes;
  const named = Object.entries(others).map(([name, value]) => [`ce_${name}`, value] as const);
  return { 'content-type': datacontenttype, ...Object.fromEntries(named) };
};

const randomSha256 = (): string => randomBytes(32).toString('hex');

const flaggedEvent = (
  id: string,
  { apiKeyId, policyVersion }: PoisonParts,
  sha256: string,
): EventOn<'content.flagged'> => {
  const at = new Date().toISOString();
  const content: Content = {
    id: newId(),
    sha256,
    pdq: null,
    pdqQuality: null,
    mediaType: 'image/jpeg',
    width: 64,
    height: 48,
    bytes: 1_000,
    surface: 'default',
    reference: id,
    apiKeyId,
    blobKey: blobKeyFor(sha256),
    receivedAt: at,
  };
  const fast: Judgement = {
    key: 'fast',
    tier: 'fast',
    verdict: 'review',
    policy: { name: 'default', version: policyVersion },
    categories: {},
    reasons: [],
    models: [],
    at,
  };
  return {
    specversion: '1.0',
    id,
    source: 'sluice/chaos',
    type: 'sluice.content.flagged.v1',
    subject: content.id,
    time: at,
    datacontenttype: 'application/json',
    data: { content, fast, asks: ['colour/doubt'], audit: null },
  };
};
