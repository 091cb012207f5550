/** Stands in libs/database, where every transaction can reach it. */
export { isWebhookWanted, queueWebhook } from '#libs/database';
export type { WebhookEvent, WebhookEventType } from '#libs/domain';
