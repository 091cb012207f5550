import { Injectable } from '@nestjs/common';
import type { Actor, CreatedApiKey, NewApiKey } from '#libs/database';
import { Problem } from '#libs/platform';
import type { ApiKeyListQuery, ApiKeyPage } from './api-key.dto.js';
import { ApiKeysRepository } from './api-keys.repository.js';

/** Keys of services, as admins manage them. */
@Injectable()
export class ApiKeysService {
  constructor(private readonly keys: ApiKeysRepository) {}

  async page({ cursor, limit }: ApiKeyListQuery): Promise<ApiKeyPage> {
    const found = await this.keys.page(cursor, limit + 1);
    const apiKeys = found.slice(0, limit).map((key) => ({
      ...key,
      createdAt: key.createdAt.toISOString(),
      revokedAt: key.revokedAt?.toISOString() ?? null,
    }));
    return { apiKeys, nextCursor: found.length > limit ? apiKeys.at(-1)!.id : null };
  }

  create(key: NewApiKey, actor: Actor): Promise<CreatedApiKey> {
    return this.keys.create(key, actor);
  }

  /** @throws Problem `not_found` */
  async revoke(id: string, actor: Actor): Promise<void> {
    if (!(await this.keys.revoke(id, actor)))
      throw new Problem('not_found', 'There is no valid API key with this id.');
  }
}
