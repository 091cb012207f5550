import { isStorableText, webhookEventTypeSchema } from '#libs/domain';
import { z } from 'zod';

const maxUrlLength = 2_048;
const maxPageSize = 200;
const defaultOverlapHours = 24;
const maxOverlapHours = 168;

const instant = z.iso.datetime();

const urlSchema = z
  .string()
  .max(maxUrlLength)
  .refine((text) => URL.canParse(text), 'must be a URL')
  .describe('Where deliveries are posted: https, on the public internet unless the operator allows the host');
const descriptionSchema = z
  .string()
  .max(500)
  .refine(isStorableText, 'text has neither NUL nor half characters');
const eventTypesSchema = z
  .array(webhookEventTypeSchema)
  .min(1)
  .transform((types) => [...new Set(types)]);

export const createEndpointSchema = z
  .strictObject({
    url: urlSchema,
    eventTypes: eventTypesSchema,
    description: descriptionSchema.nullable().default(null),
  })
  .meta({ id: 'NewWebhook' });
export type CreateEndpoint = z.output<typeof createEndpointSchema>;

export const changeEndpointSchema = z
  .strictObject({
    url: urlSchema.optional(),
    eventTypes: eventTypesSchema.optional(),
    description: descriptionSchema.nullable().optional(),
    enabled: z.boolean().optional().describe('false: it is told nothing, and what waits for it waits on'),
  })
  .refine((change) => Object.values(change).some((value) => value !== undefined), 'names nothing to change')
  .meta({ id: 'WebhookChange' });
export type ChangeEndpoint = z.output<typeof changeEndpointSchema>;

export const endpointSchema = z
  .object({
    id: z.uuid(),
    url: z.string(),
    description: z.string().nullable(),
    eventTypes: z.array(webhookEventTypeSchema),
    enabled: z.boolean(),
    createdAt: instant,
    previousSecretExpiresAt: instant
      .nullable()
      .describe('Until then the secret before the last rotation signs too'),
    breaker: z
      .object({
        state: z.enum(['closed', 'open', 'half_open']),
        failures: z.number().int().describe('Attempts that failed since the last success'),
        openUntil: instant.nullable(),
      })
      .describe('Open: so many attempts failed in a row that nothing is sent for a while'),
  })
  .meta({ id: 'Webhook' });
export type EndpointView = z.infer<typeof endpointSchema>;

export const endpointPageSchema = z
  .object({ webhooks: z.array(endpointSchema), nextCursor: z.string().nullable() })
  .meta({ id: 'WebhookPage' });
export type EndpointPage = z.infer<typeof endpointPageSchema>;

export const createdEndpointSchema = z
  .object({ webhook: endpointSchema, secret: z.string().describe('Shown this once') })
  .meta({ id: 'CreatedWebhook' });
export type CreatedEndpoint = z.infer<typeof createdEndpointSchema>;

export const rotateSecretSchema = z
  .strictObject({
    overlapHours: z
      .number()
      .min(0)
      .max(maxOverlapHours)
      .default(defaultOverlapHours)
      .describe('How long the secret until now signs beside the new one'),
  })
  .meta({ id: 'SecretRotation' });
export type RotateSecret = z.output<typeof rotateSecretSchema>;

export const endpointIdSchema = z.object({ id: z.uuid() });
export type EndpointId = z.infer<typeof endpointIdSchema>;

export const endpointListSchema = z.object({
  cursor: z.string().max(200).optional(),
  limit: z.coerce.number().int().min(1).max(maxPageSize).default(50),
});
export type EndpointList = z.output<typeof endpointListSchema>;
