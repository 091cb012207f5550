import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { instant, instantNow } from '../connection/columns.js';

/** A service's key to the gateway. Of the secret only a hash is kept. */
@Entity('api_key')
@Unique(['prefix'])
@Check('api_key_rate_limit_check', 'requests_per_minute > 0')
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

  /** null: the gateway's default */
  @Column('integer', { nullable: true })
  requestsPerMinute!: number | null;

  @Column(instantNow)
  createdAt!: Date;

  @Column({ ...instant, nullable: true })
  revokedAt!: Date | null;
}
