import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import type { WebhookEvent } from '#libs/domain';
import { prepared } from '../connection/prepared.js';

/** @param types an SQL array of text */
export const isWantedSql = (types: string): string =>
  `SELECT EXISTS (SELECT FROM webhook_endpoint WHERE deleted_at IS NULL AND enabled AND event_types && ${types})`;

/**
 * Whether any endpoint wants events of these types. A scan of a handful of rows: ask before making data for events that
 * nobody hears.
 */
export const isWebhookWanted = async (
  transaction: EntityManager,
  ...types: WebhookEvent['type'][]
): Promise<boolean> => {
  const [answer] = await prepared<{ wanted: boolean }>(
    transaction,
    `SELECT (${isWantedSql('$1')}) AS wanted`,
    [types],
  );
  return answer!.wanted;
};

/**
 * Queues events for every endpoint that subscribed to their types, in the transaction that makes them happen: both
 * commit, or neither. Call it with the contents' rows locked, or two transactions may queue a content's events in another
 * order than they commit. One statement, which stops at the endpoints where nobody has subscribed.
 */
export const queueWebhook = async (transaction: EntityManager, events: WebhookEvent[]): Promise<void> => {
  if (events.length === 0) return;
  const rows = events.map(({ type, contentId, data }, place) => ({
    place,
    eventId: uuidv7(),
    type,
    contentId,
    data,
  }));
  await transaction.query(
    `INSERT INTO webhook_delivery (id, endpoint_id, event_id, type, content_id, data)
     SELECT gen_random_uuid(), endpoint.id, event."eventId", event.type, event."contentId", event.data
     FROM webhook_endpoint AS endpoint
     JOIN jsonb_to_recordset($1) AS event (place integer, "eventId" uuid, type text, "contentId" uuid, data jsonb)
       ON event.type = ANY (endpoint.event_types)
     WHERE endpoint.deleted_at IS NULL AND endpoint.enabled
     ORDER BY event.place`,
    [JSON.stringify(rows)],
  );
};
