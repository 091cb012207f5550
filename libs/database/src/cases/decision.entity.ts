import type { HumanVerdict, Verdict } from '#libs/domain';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { ModeratorEntity } from '../accounts/moderator.entity.js';
import { instant } from '../connection/columns.js';
import { ModerationCaseEntity } from './moderation-case.entity.js';

/** What a person concluded on a case. Append-only: a trigger refuses UPDATE, DELETE and TRUNCATE. */
@Entity('decision')
@Unique(['leaseToken'])
@Unique(['supersedesId'])
@Index(['caseId'])
@Index('decision_moderator_idx', ['moderatorId', 'decidedAt', 'id'])
@Index('decision_note_age_idx', ['decidedAt'], { where: 'note IS NOT NULL' })
@Index('decision_made_with_idx', ['madeWithId'], { where: 'made_with_id IS NOT NULL' })
@Check('decision_verdict_check', `verdict IN ('allow', 'block')`)
@Check('decision_time_spent_check', 'time_spent_ms >= 0')
@Check('decision_machine_verdict_check', `machine_verdict IN ('allow', 'review', 'block')`)
export class DecisionEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  @ForeignKey(() => ModerationCaseEntity)
  caseId!: string;

  @Column('uuid')
  @ForeignKey(() => ModeratorEntity)
  moderatorId!: string;

  /** the fencing token under which it was made: one decision a lease, however often the request is repeated */
  @Column('uuid')
  leaseToken!: string;

  @Column('text')
  verdict!: HumanVerdict;

  @Column('text')
  reason!: string;

  @Column('text', { nullable: true })
  note!: string | null;

  /** what the machines had concluded until then: the comparison that error rates are made of */
  @Column('text')
  machineVerdict!: Verdict;

  @Column('text')
  policyName!: string;

  @Column('integer')
  policyVersion!: number;

  /** the decision on the same case that this one replaces */
  @Column('uuid', { nullable: true })
  @ForeignKey(() => DecisionEntity)
  supersedesId!: string | null;

  /** the decision on another case that this one was made with, over cases with the same or a near picture */
  @Column('uuid', { nullable: true })
  @ForeignKey(() => DecisionEntity)
  madeWithId!: string | null;

  /** how long the moderator had the case before their eyes, in milliseconds, as the console measured it */
  @Column('integer', { nullable: true })
  timeSpentMs!: number | null;

  @Column(instant)
  decidedAt!: Date;
}
