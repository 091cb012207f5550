import type { CaseState } from '#libs/domain';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { ModeratorEntity } from '../accounts/moderator.entity.js';
import { instant, instantNow } from '../connection/columns.js';
import { ContentEntity } from '../content/content.entity.js';

/**
 * One content waiting for, or decided by, a person. The partial indexes hold only what is undecided, so that the
 * claim stays as fast after a million decisions as on the first day.
 */
@Entity('moderation_case')
@Unique(['contentId'])
@Index('moderation_case_claim_idx', ['dueAt', 'id'], { where: `state <> 'decided'` })
@Index('moderation_case_claim_queue_idx', ['queue', 'dueAt', 'id'], { where: `state <> 'decided'` })
@Index('moderation_case_decided_idx', ['decidedAt', 'id'], { where: `state = 'decided'` })
@Check('moderation_case_state_check', `state IN ('open', 'leased', 'decided')`)
@Check(
  'moderation_case_lease_check',
  `(state = 'leased') = (lease_token IS NOT NULL AND lease_holder_id IS NOT NULL AND lease_expires_at IS NOT NULL)`,
)
@Check('moderation_case_decided_check', `(state = 'decided') = (decided_at IS NOT NULL)`)
export class ModerationCaseEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  @ForeignKey(() => ContentEntity)
  contentId!: string;

  @Column('text')
  queue!: string;

  @Column('text', { default: 'open' })
  state!: CaseState;

  /** when a person should have looked at it: the queue's order */
  @Column(instant)
  dueAt!: Date;

  @Column('uuid', { nullable: true })
  leaseToken!: string | null;

  @Column('uuid', { nullable: true })
  @ForeignKey(() => ModeratorEntity)
  leaseHolderId!: string | null;

  @Column({ ...instant, nullable: true })
  leaseExpiresAt!: Date | null;

  /** probability with which an audit sample was picked; null where it was not one */
  @Column('double precision', { nullable: true })
  auditPropensity!: number | null;

  @Column(instantNow)
  createdAt!: Date;

  @Column({ ...instant, nullable: true })
  decidedAt!: Date | null;
}
