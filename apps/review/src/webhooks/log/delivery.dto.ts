import { deliveryErrors, deliveryStates, webhookEventTypes, webhookTestType } from '#libs/domain';
import { z } from 'zod';

const maxPageSize = 200;
const instant = z.iso.datetime();

export const deliverySchema = z
  .object({
    id: z.uuid().describe('`Sluice-Delivery`, the same at every attempt'),
    eventId: z.uuid(),
    type: z.enum([...webhookEventTypes, webhookTestType]),
    contentId: z.uuid().nullable(),
    state: z.enum(deliveryStates),
    attempts: z.number().int(),
    createdAt: instant,
    nextAttemptAt: instant.nullable().describe('While it waits: not before'),
    endedAt: instant.nullable(),
    lastAttempt: z
      .object({
        at: instant,
        durationMs: z.number().int().nullable(),
        status: z.number().int().nullable().describe('HTTP status; null where none came'),
        error: z.enum(deliveryErrors).nullable(),
        response: z.string().nullable().describe('The beginning of the answer’s body'),
      })
      .nullable(),
  })
  .meta({ id: 'WebhookDelivery' });
export type DeliveryView = z.infer<typeof deliverySchema>;

export const deliveryPageSchema = z
  .object({ deliveries: z.array(deliverySchema), nextCursor: z.string().nullable() })
  .meta({ id: 'WebhookDeliveryPage' });
export type DeliveryPage = z.infer<typeof deliveryPageSchema>;

export const deliveryListSchema = z.object({
  state: z.enum(deliveryStates).optional(),
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(maxPageSize).default(50),
});
export type DeliveryList = z.output<typeof deliveryListSchema>;

export const deliveryIdSchema = z.object({ id: z.uuid(), deliveryId: z.uuid() });
export type DeliveryId = z.infer<typeof deliveryIdSchema>;

export const redeliveredSchema = z
  .object({
    redelivered: z.number().int(),
    remaining: z.boolean().describe('There were more than one request takes: send it again'),
  })
  .meta({ id: 'RedeliveredWebhooks' });
export type Redelivered = z.infer<typeof redeliveredSchema>;
