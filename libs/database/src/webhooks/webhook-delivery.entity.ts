import type { DeliveryError, DeliveryState, WebhookBody } from '#libs/domain';
import { Check, Column, Entity, ForeignKey, Generated, Index, PrimaryColumn } from 'typeorm';
import { instant, instantNow } from '../connection/columns.js';
import { WebhookEndpointEntity } from './webhook-endpoint.entity.js';

/**
 * One event for one endpoint: written in the transaction that made it happen, tried until it is delivered or its time
 * has run out, and kept as the log. The partial indexes hold what waits apart from what has ended.
 */
@Entity('webhook_delivery')
@Index('webhook_delivery_log_idx', ['endpointId', 'sequence'])
@Index('webhook_delivery_waiting_idx', ['endpointId', 'sequence'], { where: `state = 'waiting'` })
@Index('webhook_delivery_failed_idx', ['endpointId', 'sequence'], { where: `state = 'failed'` })
@Index('webhook_delivery_due_idx', ['endpointId', 'nextAttemptAt'], { where: `state = 'waiting'` })
@Index('webhook_delivery_order_idx', ['endpointId', 'contentId', 'sequence'], { where: `state = 'waiting'` })
@Index('webhook_delivery_leased_idx', ['endpointId'], { where: 'lease_token IS NOT NULL' })
@Index('webhook_delivery_ended_idx', ['endedAt'], { where: `state <> 'waiting'` })
@Index(['contentId'])
@Check('webhook_delivery_state_check', `state IN ('waiting', 'delivered', 'failed')`)
@Check('webhook_delivery_ended_check', `(state = 'waiting') = (ended_at IS NULL)`)
@Check('webhook_delivery_lease_check', `state = 'waiting' OR lease_token IS NULL`)
export class WebhookDeliveryEntity {
  /** `Sluice-Delivery`, the same at every attempt */
  @PrimaryColumn('uuid')
  id!: string;

  /**
   * The order of a content's events. Whoever queues an event holds the row of its content, so what is queued later has
   * the greater number.
   */
  @Column({ type: 'bigint', update: false })
  @Generated('increment')
  sequence!: string;

  @Column('uuid')
  @ForeignKey(() => WebhookEndpointEntity)
  endpointId!: string;

  /** the same at all endpoints */
  @Column('uuid')
  eventId!: string;

  @Column('text')
  type!: WebhookBody['type'];

  @Column('uuid', { nullable: true })
  contentId!: string | null;

  @Column('jsonb')
  data!: Record<string, unknown>;

  @Column('text', { default: 'waiting' })
  state!: DeliveryState;

  /** begun so far, those included whose process died */
  @Column('integer', { default: 0 })
  attempts!: number;

  /** nobody takes it before; while somebody has it, when others may */
  @Column(instantNow)
  nextAttemptAt!: Date;

  /** whose attempt is under way; null while it waits */
  @Column('uuid', { nullable: true })
  leaseToken!: string | null;

  /** since when it is tried: when it was queued, or somebody asked for it again */
  @Column(instantNow)
  retrySince!: Date;

  @Column(instantNow)
  createdAt!: Date;

  /** of the last attempt, as are the following */
  @Column({ ...instant, nullable: true })
  attemptedAt!: Date | null;

  @Column('integer', { nullable: true })
  durationMs!: number | null;

  /** HTTP status; null where none came */
  @Column('smallint', { nullable: true })
  status!: number | null;

  /** the beginning of the answer's body */
  @Column('text', { nullable: true })
  response!: string | null;

  @Column('text', { nullable: true })
  error!: DeliveryError | null;

  @Column({ ...instant, nullable: true })
  endedAt!: Date | null;
}
