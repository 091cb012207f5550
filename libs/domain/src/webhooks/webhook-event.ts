import { z } from 'zod';

/** What an endpoint may subscribe to. A contract: types may be added, never renamed. */
export const webhookEventTypes = [
  /** the verdict that holds for a content changed, or became final */
  'content.verdict',
  /** a content's picture and personal references were deleted */
  'content.erased',
  /** a content waits for a person */
  'case.opened',
  'appeal.received',
  'appeal.decided',
] as const;
export const webhookEventTypeSchema = z.enum(webhookEventTypes);
export type WebhookEventType = z.infer<typeof webhookEventTypeSchema>;

/** Sent on request only, to the endpoint that is tried; nobody subscribes to it. */
export const webhookTestType = 'webhook.test';

/** Something that subscribed endpoints are told. */
export interface WebhookEvent {
  type: WebhookEventType;
  /** events of one content reach an endpoint in the order in which they were queued */
  contentId: string;
  /** JSON; what an endpoint gets as `data` */
  data: Record<string, unknown>;
}

/** The body of a delivery, the same for every endpoint and at every attempt. */
export interface WebhookBody {
  id: string;
  type: WebhookEventType | typeof webhookTestType;
  /** ISO 8601, UTC */
  createdAt: string;
  /** null in a test */
  contentId: string | null;
  data: Record<string, unknown>;
}
