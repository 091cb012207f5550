import { v7 as uuidv7 } from 'uuid';
import { type DataSource, IsNull } from 'typeorm';
import { hashApiKey, newApiKey } from './api-key-secret.js';
import { ApiKeyEntity } from './api-key.entity.js';

export interface CreatedApiKey {
  id: string;
  name: string;
  prefix: string;
  /** the only time that anybody sees it */
  key: string;
}

/** Makes a key for an upload service. Gateways accept it once their change feed tells them: about a second. */
export const createApiKey = async (
  dataSource: DataSource,
  { name, requestsPerMinute = null }: { name: string; requestsPerMinute?: number | null },
): Promise<CreatedApiKey> => {
  const { key, prefix } = newApiKey();
  const id = uuidv7();
  await dataSource
    .getRepository(ApiKeyEntity)
    .insert({ id, name, prefix, hash: hashApiKey(key), requestsPerMinute });
  return { id, name, prefix, key };
};

/** @returns whether a valid key with this prefix was there to revoke */
export const revokeApiKey = async (dataSource: DataSource, prefix: string): Promise<boolean> => {
  const { affected } = await dataSource
    .getRepository(ApiKeyEntity)
    .update({ prefix, revokedAt: IsNull() }, { revokedAt: new Date() });
  return affected === 1;
};

/** All keys that are not revoked: few enough that gateways hold every one. */
export const validApiKeys = (
  dataSource: DataSource,
): Promise<Pick<ApiKeyEntity, 'id' | 'name' | 'prefix' | 'hash' | 'requestsPerMinute'>[]> =>
  dataSource.getRepository(ApiKeyEntity).find({
    where: { revokedAt: IsNull() },
    select: { id: true, name: true, prefix: true, hash: true, requestsPerMinute: true },
  });
