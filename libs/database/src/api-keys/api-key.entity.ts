import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import type { ApiScope } from '#libs/domain';
import { instant, instantNow } from '../connection/columns.js';

/** A service's key to the gateway and the review app. Of the secret only a hash is kept. */
@Entity('api_key')
@Unique(['prefix'])
@Check('api_key_rate_limit_check', 'requests_per_minute > 0')
@Check('api_key_scopes_check', 'cardinality(scopes) > 0')
export class ApiKeyEntity {
  @PrimaryColumn('uuid')
  id!: string;

  /** the operator's name for it */
  @Column('text')
  name!: string;

  /** the public part, by which the row is found: 8 hex digits */
  @Column('text')
  prefix!: string;

  /** SHA-256 of the whole key; with 256 bits of entropy a slow hash would protect nothing more */
  @Column('bytea')
  hash!: Buffer;

  /** what it may be used for */
  @Column('text', { array: true })
  scopes!: ApiScope[];

  /** null: the gateway's default */
  @Column('integer', { nullable: true })
  requestsPerMinute!: number | null;

  @Column(instantNow)
  createdAt!: Date;

  @Column({ ...instant, nullable: true })
  revokedAt!: Date | null;
}
