import { v7 as uuidv7 } from 'uuid';
import { type DataSource, type EntityManager, IsNull } from 'typeorm';
import { type ApiScope, defaultApiScopes } from '#libs/domain';
import { hashApiKey, newApiKey } from './api-key-secret.js';
import { ApiKeyEntity } from './api-key.entity.js';

export interface CreatedApiKey {
  id: string;
  name: string;
  prefix: string;
  /** the only time that anybody sees it */
  key: string;
}

/** Makes a key for a service. The apps accept it once their change feed tells them: about a second. */
export const createApiKey = async (
  database: DataSource | EntityManager,
  {
    name,
    scopes = defaultApiScopes,
    requestsPerMinute = null,
  }: { name: string; scopes?: ApiScope[]; requestsPerMinute?: number | null },
): Promise<CreatedApiKey> => {
  const { key, prefix } = newApiKey();
  const id = uuidv7();
  await database
    .getRepository(ApiKeyEntity)
    .insert({ id, name, prefix, hash: hashApiKey(key), scopes, requestsPerMinute });
  return { id, name, prefix, key };
};

/** @returns whether a valid key with this prefix was there to revoke */
export const revokeApiKey = async (dataSource: DataSource, prefix: string): Promise<boolean> => {
  const { affected } = await dataSource
    .getRepository(ApiKeyEntity)
    .update({ prefix, revokedAt: IsNull() }, { revokedAt: new Date() });
  return affected === 1;
};

/** A key that is not revoked. */
export type ValidApiKey = Pick<
  ApiKeyEntity,
  'id' | 'name' | 'prefix' | 'hash' | 'scopes' | 'requestsPerMinute'
>;

/** All keys that are not revoked: few enough that every process holds every one. */
export const validApiKeys = (dataSource: DataSource): Promise<ValidApiKey[]> =>
  dataSource.getRepository(ApiKeyEntity).find({
    where: { revokedAt: IsNull() },
    select: { id: true, name: true, prefix: true, hash: true, scopes: true, requestsPerMinute: true },
  });
