import { z } from 'zod';
import { apiScopeSchema, defaultApiScopes, plainText } from '#libs/domain';

export const newApiKeySchema = z
  .object({
    name: plainText(100),
    scopes: z
      .array(apiScopeSchema)
      .min(1)
      .transform((scopes) => [...new Set(scopes)])
      .default(defaultApiScopes),
    requestsPerMinute: z.number().int().min(1).max(10_000_000).nullable().default(null),
  })
  .meta({ id: 'NewApiKey' });
export type NewApiKeyRequest = z.infer<typeof newApiKeySchema>;

export const apiKeyIdSchema = z.object({ id: z.uuid() });

export const apiKeySchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    prefix: z.string().describe('The key begins with slc_ and this'),
    scopes: z.array(apiScopeSchema),
    requestsPerMinute: z.number().int().nullable().describe('null: the gateway’s own limit'),
    createdAt: z.iso.datetime(),
    revokedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'ApiKey' });

export const apiKeyCreatedSchema = z
  .object({
    id: z.uuid(),
    name: z.string(),
    prefix: z.string(),
    scopes: z.array(apiScopeSchema),
    key: z.string().describe('Shown only now'),
  })
  .meta({ id: 'ApiKeyCreated' });
export type ApiKeyCreated = z.infer<typeof apiKeyCreatedSchema>;

export const apiKeyListSchema = z.object({
  cursor: z.uuid().optional(),
  limit: z.coerce.number().int().min(1).max(100).default(50),
});
export type ApiKeyListQuery = z.infer<typeof apiKeyListSchema>;

export const apiKeyPageSchema = z
  .object({ apiKeys: z.array(apiKeySchema), nextCursor: z.uuid().nullable() })
  .meta({ id: 'ApiKeyPage' });
export type ApiKeyPage = z.infer<typeof apiKeyPageSchema>;
