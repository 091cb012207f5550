import { Injectable } from '@nestjs/common';
import { DataSource, LessThan } from 'typeorm';
import {
  type Actor,
  ApiKeyEntity,
  createApiKey,
  type CreatedApiKey,
  type NewApiKey,
  revokeApiKey,
} from '#libs/database';

/** A key as it is listed: without the hash of its secret. */
export type ListedApiKey = Omit<ApiKeyEntity, 'hash'>;

@Injectable()
export class ApiKeysRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** The latest made first, the revoked ones too: api_key_pkey, backwards. */
  page(before: string | undefined, limit: number): Promise<ListedApiKey[]> {
    return this.dataSource.getRepository(ApiKeyEntity).find({
      select: {
        id: true,
        name: true,
        prefix: true,
        scopes: true,
        requestsPerMinute: true,
        createdAt: true,
        revokedAt: true,
      },
      where: before === undefined ? {} : { id: LessThan(before) },
      order: { id: 'DESC' },
      take: limit,
    });
  }

  create(key: NewApiKey, actor: Actor): Promise<CreatedApiKey> {
    return createApiKey(this.dataSource, key, actor);
  }

  revoke(id: string, actor: Actor): Promise<boolean> {
    return revokeApiKey(this.dataSource, { id }, actor);
  }
}
