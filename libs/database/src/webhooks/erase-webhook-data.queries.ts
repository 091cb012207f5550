import type { EntityManager } from 'typeorm';

/**
 * Takes the caller's references to these contents out of all that was, or is still to be, told about them.
 * webhook_delivery_content_id_idx.
 */
export const eraseWebhookReferences = async (
  transaction: EntityManager,
  contentIds: string[],
): Promise<void> => {
  await transaction.query(
    `UPDATE webhook_delivery SET data = jsonb_set(data, '{reference}', 'null'), response = NULL
     WHERE content_id = ANY ($1::uuid[])
       AND (data->>'reference' IS NOT NULL OR response IS NOT NULL)`,
    [contentIds],
  );
};
