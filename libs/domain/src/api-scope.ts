import { z } from 'zod';

/** What an API key may be used for. */
export const apiScopes = [
  'content:moderate',
  'content:read',
  'content:erase',
  'appeals:write',
  'statements:read',
  'webhooks:manage',
] as const;
export const apiScopeSchema = z.enum(apiScopes);
export type ApiScope = z.infer<typeof apiScopeSchema>;

/** What a key may do unless somebody says otherwise: all that an upload service needs, and nothing that deletes. */
export const defaultApiScopes: ApiScope[] = [
  'content:moderate',
  'content:read',
  'appeals:write',
  'statements:read',
];
