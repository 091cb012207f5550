import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instantNow } from '../connection/columns.js';

export const idempotencyStatuses = ['pending', 'answered'] as const;
export type IdempotencyStatus = (typeof idempotencyStatuses)[number];

/** A caller's promise that requests with the same key are one request. Swept after 24 hours. */
@Entity('idempotency_key')
@Index(['createdAt'])
@Check('idempotency_key_status_check', `status IN ('pending', 'answered')`)
@Check('idempotency_key_response_check', `(status = 'answered') = (response IS NOT NULL)`)
export class IdempotencyKeyEntity {
  @PrimaryColumn('uuid')
  apiKeyId!: string;

  @PrimaryColumn('text')
  key!: string;

  /** SHA-256 over what the request asks for: the same key on another request is the caller's mistake */
  @Column('bytea')
  requestFingerprint!: Buffer;

  /** the id that the content has, or will have when a crashed attempt is repeated */
  @Column('uuid')
  contentId!: string;

  @Column('text', { default: 'pending' })
  status!: IdempotencyStatus;

  /** what was answered */
  @Column('jsonb', { nullable: true })
  response!: unknown;

  @Column(instantNow)
  createdAt!: Date;
}
