import { v7 as uuidv7 } from 'uuid';
import { type DataSource, IsNull } from 'typeorm';
import { type ApiScope, defaultApiScopes } from '#libs/domain';
import { type Actor, recordAudit } from '../audit/record-audit.js';
import { hashApiKey, newApiKey } from './api-key-secret.js';
import { ApiKeyEntity } from './api-key.entity.js';

export interface NewApiKey {
  name: string;
  /** what it may be used for; an upload service's needs unless somebody says otherwise */
  scopes?: ApiScope[];
  requestsPerMinute?: number | null;
}

export interface CreatedApiKey {
  id: string;
  name: string;
  prefix: string;
  scopes: ApiScope[];
  /** the only time that anybody sees it */
  key: string;
}

const operator: Actor = { kind: 'system' };

/** Makes a key for a service. The apps accept it once their change feed tells them: about a second. */
export const createApiKey = async (
  dataSource: DataSource,
  { name, scopes = defaultApiScopes, requestsPerMinute = null }: NewApiKey,
  actor: Actor = operator,
): Promise<CreatedApiKey> => {
  const { key, prefix } = newApiKey();
  const id = uuidv7();
  await dataSource.transaction(async (transaction) => {
    await transaction
      .getRepository(ApiKeyEntity)
      .insert({ id, name, prefix, hash: hashApiKey(key), scopes, requestsPerMinute });
    await recordAudit(transaction, actor, {
      act: 'api_key.created',
      subject: { kind: 'api_key', id },
      details: { name, prefix, scopes, requestsPerMinute },
    });
  });
  return { id, name, prefix, scopes, key };
};

/** @returns whether a valid key with this prefix or id was there to revoke */
export const revokeApiKey = (
  dataSource: DataSource,
  which: string | { id: string },
  actor: Actor = operator,
): Promise<boolean> =>
  dataSource.transaction(async (transaction) => {
    const keys = transaction.getRepository(ApiKeyEntity);
    const named = typeof which === 'string' ? { prefix: which } : which;
    const key = await keys.findOne({
      where: { ...named, revokedAt: IsNull() },
      select: { id: true, name: true, prefix: true },
      lock: { mode: 'pessimistic_write' },
    });
    if (!key) return false;
    const { id, name, prefix } = key;
    await keys.update({ id }, { revokedAt: new Date() });
    await recordAudit(transaction, actor, {
      act: 'api_key.revoked',
      subject: { kind: 'api_key', id },
      details: { name, prefix },
    });
    return true;
  });

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
