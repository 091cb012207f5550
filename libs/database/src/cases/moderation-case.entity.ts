import type { CaseKind, CaseStage, CaseState } from '#libs/domain';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ModeratorEntity } from '../accounts/moderator.entity.js';
import { instant, instantNow } from '../connection/columns.js';
import { ContentEntity } from '../content/content.entity.js';

/**
 * Something that waits for, or was decided by, a person. The partial indexes hold what waits, what is held, what is
 * undecided and what is decided apart, so that a claim stays as fast after a million decisions as on the first day.
 */
@Entity('moderation_case')
@Index('moderation_case_content_idx', ['contentId'], { unique: true, where: `kind = 'content'` })
@Index('moderation_case_looks_idx', ['contentId'], { where: `kind <> 'content'` })
@Index('moderation_case_looks_age_idx', ['createdAt'], { where: `kind <> 'content'` })
@Index('moderation_case_claim_idx', ['queue', 'dueAt', 'id'], {
  where: `state IN ('open', 'escalated', 'appealed')`,
})
@Index('moderation_case_lease_idx', ['queue', 'leaseExpiresAt'], { where: `state = 'leased'` })
@Index('moderation_case_undecided_idx', ['queue', 'state', 'dueAt', 'id'], {
  where: `state NOT IN ('decided', 'closed')`,
})
@Index('moderation_case_decided_idx', ['queue', 'state', 'decidedAt', 'id'], {
  where: `state IN ('decided', 'closed')`,
})
@Check('moderation_case_kind_check', `kind IN ('content', 'second', 'golden')`)
@Check('moderation_case_stage_check', `stage IN ('open', 'escalated', 'appealed')`)
@Check(
  'moderation_case_state_check',
  `state IN ('open', 'escalated', 'appealed', 'leased', 'decided', 'closed')`,
)
@Check('moderation_case_waiting_check', `state = stage OR state IN ('leased', 'decided', 'closed')`)
@Check(
  'moderation_case_lease_check',
  `(state = 'leased') = (lease_token IS NOT NULL AND lease_holder_id IS NOT NULL AND lease_expires_at IS NOT NULL)`,
)
@Check('moderation_case_decided_check', `state NOT IN ('decided', 'closed') OR decided_at IS NOT NULL`)
@Check('moderation_case_reserved_check', `reserved_for IS NULL OR kind = 'golden'`)
export class ModerationCaseEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  @ForeignKey(() => ContentEntity)
  contentId!: string;

  @Column('text', { default: 'content' })
  kind!: CaseKind;

  @Column('text')
  queue!: string;

  @Column('text', { default: 'open' })
  state!: CaseState;

  /** what it waits as while nobody holds it */
  @Column('text', { default: 'open' })
  stage!: CaseStage;

  /** the queue's order: sooner for what is severe, uncertain or far-reaching */
  @Column(instant)
  dueAt!: Date;

  /** when the queue's promise is broken; null: it made none */
  @Column({ ...instant, nullable: true })
  slaAt!: Date | null;

  @Column('uuid', { nullable: true })
  leaseToken!: string | null;

  @Column('uuid', { nullable: true })
  @ForeignKey(() => ModeratorEntity)
  leaseHolderId!: string | null;

  @Column({ ...instant, nullable: true })
  leaseExpiresAt!: Date | null;

  @Column({ ...instant, nullable: true })
  leasedAt!: Date | null;

  /** the only person who is given it; null: whoever may claim in its queue */
  @Column('uuid', { nullable: true })
  @ForeignKey(() => ModeratorEntity)
  reservedFor!: string | null;

  /** probability with which an audit sample was picked; null where it was not one */
  @Column('double precision', { nullable: true })
  auditPropensity!: number | null;

  @Column(instantNow)
  createdAt!: Date;

  @Column({ ...instant, nullable: true })
  decidedAt!: Date | null;
}
