import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import {
  inheritDecisions,
  lockPictures,
  queueVerdicts,
  recordEmbeddings,
  recordEvidence,
  recordShadows,
  recordStatements,
  renewCurrentVerdicts,
  RoutingReader,
} from '#libs/database';
import { type PolicyRef, rulesIn } from '#libs/domain';
import { openCases, type WantedCase } from './case-opening.queries.js';
import { classificationsOf, embeddingsOf, evidenceOf, type LedgerEntry, shadowsOf } from './ledger-entry.js';
import { doubtOf, doubtOfSample, triage } from './triage.js';

/** Writes ledger entries, all or none. Writing one twice, or in another order, leaves the same rows. */
@Injectable()
export class LedgerRepository {
  private readonly routing = new RoutingReader();

  constructor(private readonly dataSource: DataSource) {}

  /**
   * @param entries at most one per content
   * @returns the contents for which a case was opened
   */
  write(entries: LedgerEntry[]): Promise<string[]> {
    return this.dataSource.transaction(async (transaction) => {
      // Before any row: who decides on a picture holds it first, and then the rows of its contents.
      await lockPictures(
        transaction,
        doubtful(entries).map(({ content }) => content.sha256),
      );
      // In the order of ids: it locks the contents' rows, and two writers meet them in the same order.
      await upsertContents(transaction, entries);
      await insertVerdicts(transaction, entries);
      await insertClassifications(transaction, entries);
      await recordEvidence(transaction, evidenceOf(entries));
      await recordEmbeddings(transaction, embeddingsOf(entries));
      await recordShadows(transaction, shadowsOf(entries));
      await inheritDecisions(
        transaction,
        doubtful(entries).map(({ content, case: { last } }) => ({
          contentId: content.id,
          policy: last.policy,
        })),
      );
      const opened = await openCases(transaction, await this.triaged(transaction, entries));
      const changed = await renewCurrentVerdicts(
        transaction,
        entries.map(({ content }) => content.id),
      );
      await recordStatements(
        transaction,
        changed.filter(({ verdict }) => verdict === 'block').map(({ contentId }) => contentId),
      );
      await queueVerdicts(transaction, changed);
      return opened;
    });
  }

  private async triaged(transaction: EntityManager, entries: LedgerEntry[]): Promise<WantedCase[]> {
    const wanting = entries.filter((entry): entry is WantingPerson => entry.case !== null);
    if (wanting.length === 0) return [];
    const routing = await this.routing.read(
      transaction,
      wanting.map(({ content }) => content.apiKeyId),
    );
    const samples = wanting.filter(isSample);
    const documents = await judgingDocuments(
      transaction,
      samples.map(({ case: { last } }) => last.policy),
    );
    return wanting.map((entry) => {
      const { content, case: wanted } = entry;
      const { last, auditPropensity } = wanted;
      const doubt = isSample(entry)
        ? doubtOfSample(last, content, rulesIn(documents.get(keyOf(last.policy)), content.surface))
        : doubtOf(last, content);
      return { content, auditPropensity, ...triage(doubt, routing) };
    });
  }
}

type WantingPerson = LedgerEntry & { case: NonNullable<LedgerEntry['case']> };

const isSample = ({ case: { auditPropensity } }: WantingPerson): boolean => auditPropensity !== null;

/** What wants a person's word on its picture: an audit sample is asked about by chance, whatever is known of it. */
const doubtful = (entries: LedgerEntry[]): WantingPerson[] =>
  entries.filter((entry): entry is WantingPerson => entry.case?.auditPropensity === null);

const keyOf = ({ name, version }: PolicyRef): string => `${name} ${version}`;

/** The policies that contents were judged by, as they are stored, by `keyOf`. policy_version_pkey. */
const judgingDocuments = async (
  transaction: EntityManager,
  versions: PolicyRef[],
): Promise<Map<string, unknown>> => {
  if (versions.length === 0) return new Map();
  const rows: (PolicyRef & { document: unknown })[] = await transaction.query(
    `SELECT name, version, document FROM policy_version
     WHERE (name, version) IN (SELECT * FROM unnest($1::text[], $2::integer[]))`,
    [versions.map(({ name }) => name), versions.map(({ version }) => version)],
  );
  return new Map(rows.map((row) => [keyOf(row), row.document]));
};

const upsertContents = (transaction: EntityManager, entries: LedgerEntry[]): Promise<unknown> =>
  transaction.query(
    `INSERT INTO content (id, sha256, pdq, pdq_quality, media_type, width, height, bytes, surface, reference,
                          audience, api_key_id, blob_key, received_at, settled)
     SELECT id, decode(sha256, 'hex'), decode(pdq, 'hex'), "pdqQuality", "mediaType", width, height, bytes, surface,
            reference, audience, "apiKeyId", "blobKey", "receivedAt", settled
     FROM jsonb_to_recordset($1) AS entry (
       id uuid, sha256 text, pdq text, "pdqQuality" smallint, "mediaType" text, width integer, height integer,
       bytes integer, surface text, reference text, audience integer, "apiKeyId" uuid, "blobKey" text,
       "receivedAt" timestamptz, settled boolean)
     ORDER BY id
     ON CONFLICT (id) DO UPDATE SET
       pdq = coalesce(content.pdq, excluded.pdq),
       pdq_quality = coalesce(content.pdq_quality, excluded.pdq_quality),
       blob_key = CASE WHEN content.image_erased_at IS NULL THEN coalesce(content.blob_key, excluded.blob_key) END,
       audience = coalesce(content.audience, excluded.audience),
       settled = content.settled OR excluded.settled`,
    [JSON.stringify(entries.map(({ content, settled }) => ({ ...content, settled })))],
  );

const insertVerdicts = (transaction: EntityManager, entries: LedgerEntry[]): Promise<unknown> =>
  transaction.query(
    `INSERT INTO verdict (content_id, key, tier, verdict, policy_name, policy_version, categories, reasons, models,
                          unheard, at)
     SELECT "contentId", key, tier, verdict, policy->>'name', (policy->>'version')::integer,
            categories, reasons, models, unheard, at
     FROM jsonb_to_recordset($1) AS judgement (
       "contentId" uuid, key text, tier text, verdict text, policy jsonb, categories jsonb, reasons jsonb, models jsonb,
       unheard jsonb, at timestamptz)
     ON CONFLICT DO NOTHING`,
    [
      JSON.stringify(
        entries.flatMap(({ content, judgements }) =>
          judgements.map((judgement) => ({ ...judgement, contentId: content.id })),
        ),
      ),
    ],
  );

/** The same model on the same bytes sees the same; of two looks the earlier is kept. */
const insertClassifications = (transaction: EntityManager, entries: LedgerEntry[]): Promise<unknown> =>
  transaction.query(
    `INSERT INTO classification (content_id, model, version, tier, scores, classified_at)
     SELECT DISTINCT ON ("contentId", name, version) "contentId", name, version, tier, scores, at
     FROM jsonb_to_recordset($1) AS seen (
       "contentId" uuid, name text, version text, tier text, scores jsonb, at timestamptz)
     ORDER BY "contentId", name, version, at
     ON CONFLICT (content_id, model, version) DO UPDATE
       SET scores = excluded.scores, classified_at = excluded.classified_at
       WHERE excluded.classified_at < classification.classified_at`,
    [
      JSON.stringify(
        entries.flatMap(({ content, judgements }) =>
          judgements.flatMap((judgement) =>
            classificationsOf(judgement).map(({ model, scores }) => ({
              ...model,
              scores,
              contentId: content.id,
              at: judgement.at,
            })),
          ),
        ),
      ),
    ],
  );
