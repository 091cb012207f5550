import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { type ApiKeyEntity, validApiKeys } from '#libs/database';

export type StoredKey = Pick<ApiKeyEntity, 'id' | 'name' | 'prefix' | 'hash' | 'requestsPerMinute'>;

@Injectable()
export class ApiKeysRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** All keys that are not revoked. */
  valid(): Promise<StoredKey[]> {
    return validApiKeys(this.dataSource);
  }
}
