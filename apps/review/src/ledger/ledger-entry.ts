import type { SeenEvidence } from '#libs/database';
import {
  type Classification,
  type consumers,
  type Content,
  type Embedding,
  type EventOn,
  type Judgement,
  topics,
} from '#libs/domain';

/** What the ledger hears. */
export type LedgerTopic = (typeof consumers)['review'][number];
export type LedgerEvent = EventOn<LedgerTopic>;

/** What one event, or several about one content, say. */
export interface LedgerEntry {
  content: Content;
  judgements: Judgement[];
  /** no model and no person is to come */
  settled: boolean;
  /** what the machines said last makes a person's look necessary */
  case: { last: Judgement; auditPropensity: number | null } | null;
  /** what its picture is like */
  embedding?: Embedding;
  /** what packs on trial said of it */
  shadow?: Classification[];
}

/** An event in the ledger's words. Pure; the order of events plays no part. */
export const entryOf = (event: LedgerEvent): LedgerEntry => {
  const { content } = event.data;
  switch (event.type) {
    case topics['content.submitted'].shape.type.value:
      return { content, judgements: [], settled: false, case: null };
    case topics['content.flagged'].shape.type.value:
      return { content, judgements: [event.data.fast], settled: false, case: null };
    case topics['content.judged'].shape.type.value:
      return { content, judgements: [event.data.judgement], settled: true, case: null };
    case topics['content.rescored'].shape.type.value: {
      const { judgements, audit, embedding, shadow } = event.data;
      const last = judgements.at(-1)!;
      const wantsPerson = last.verdict === 'review' || audit !== null;
      return {
        content,
        judgements,
        settled: !wantsPerson,
        case: wantsPerson ? { last, auditPropensity: audit?.propensity ?? null } : null,
        ...(embedding && { embedding }),
        ...(shadow && { shadow }),
      };
    }
  }
};

/**
 * Entries about the same content as one: a statement may touch a row only once. Facts that one event lacks (a hash,
 * where the bytes lie) are taken from another.
 */
export const mergeByContent = (entries: LedgerEntry[]): LedgerEntry[] => {
  const merged = new Map<string, LedgerEntry>();
  for (const entry of entries) {
    const earlier = merged.get(entry.content.id);
    merged.set(entry.content.id, earlier ? mergeTwo(earlier, entry) : entry);
  }
  return [...merged.values()];
};

const mergeTwo = (a: LedgerEntry, b: LedgerEntry): LedgerEntry => ({
  content: {
    ...a.content,
    pdq: a.content.pdq ?? b.content.pdq,
    pdqQuality: a.content.pdqQuality ?? b.content.pdqQuality,
    blobKey: a.content.blobKey ?? b.content.blobKey,
    audience: a.content.audience ?? b.content.audience,
  },
  judgements: [...a.judgements, ...b.judgements],
  settled: a.settled || b.settled,
  case: a.case ?? b.case,
  embedding: a.embedding ?? b.embedding,
  shadow: [...(a.shadow ?? []), ...(b.shadow ?? [])],
});

/**
 * What each model saw. Where a judgement does not carry it and stands on a single model, the scores that its policy
 * judged are that model's.
 */
export const classificationsOf = (judgement: Judgement): Classification[] => {
  if (judgement.classifications) return judgement.classifications;
  const [model, another] = judgement.models;
  if (!model || another) return [];
  const scores = Object.entries(judgement.categories).map(
    ([category, { score }]) => [category, score] as const,
  );
  return [{ model, scores: Object.fromEntries(scores) }];
};

/** What detectors saw, beside their scores. */
export const evidenceOf = (entries: LedgerEntry[]): SeenEvidence[] =>
  entries.flatMap(({ content, judgements }) =>
    judgements.flatMap(({ classifications = [], at }) =>
      classifications
        .filter(({ evidence = [] }) => evidence.length > 0)
        .map(({ model: { name, version }, evidence: pieces = [] }) => ({
          contentId: content.id,
          name,
          version,
          pieces,
          at,
        })),
    ),
  );

/** What pictures are like, of those that say so. */
export const embeddingsOf = (entries: LedgerEntry[]): { contentId: string; embedding: Embedding }[] =>
  entries.flatMap(({ content, embedding }) => (embedding ? [{ contentId: content.id, embedding }] : []));

export const shadowsOf = (entries: LedgerEntry[]): { contentId: string; classification: Classification }[] =>
  entries.flatMap(({ content, shadow = [] }) =>
    shadow.map((classification) => ({ contentId: content.id, classification })),
  );
