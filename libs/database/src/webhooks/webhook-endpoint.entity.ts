import type { WebhookEventType } from '#libs/domain';
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import { instant, instantNow } from '../connection/columns.js';

/** Where events of some types are sent. A deleted one stays as long as its deliveries, without its secrets. */
@Entity('webhook_endpoint')
@Check('webhook_endpoint_event_types_check', 'cardinality(event_types) > 0')
@Check('webhook_endpoint_failures_check', 'failures >= 0')
@Check('webhook_endpoint_secret_check', '(secret IS NULL) = (deleted_at IS NOT NULL)')
@Check('webhook_endpoint_previous_check', '(previous_secret IS NULL) = (previous_secret_expires_at IS NULL)')
export class WebhookEndpointEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  url!: string;

  @Column('text', { nullable: true })
  description!: string | null;

  @Column('text', { array: true })
  eventTypes!: WebhookEventType[];

  /** false: it is told nothing, and what waits for it waits on */
  @Column('boolean', { default: true })
  enabled!: boolean;

  /** encrypted; null once the endpoint is deleted */
  @Column('bytea', { nullable: true })
  secret!: Buffer | null;

  /** the secret before the last rotation, encrypted: it signs too until it expires */
  @Column('bytea', { nullable: true })
  previousSecret!: Buffer | null;

  @Column({ ...instant, nullable: true })
  previousSecretExpiresAt!: Date | null;

  /** attempts that failed since the last success: what the circuit breaker counts */
  @Column('integer', { default: 0 })
  failures!: number;

  /** nothing is sent before; null: the circuit breaker is closed */
  @Column({ ...instant, nullable: true })
  openUntil!: Date | null;

  @Column(instantNow)
  createdAt!: Date;

  @Column({ ...instant, nullable: true })
  deletedAt!: Date | null;
}
