import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ModeratorEntity } from '../accounts/moderator.entity.js';
import { instantNow } from '../connection/columns.js';
import { ModerationCaseEntity } from './moderation-case.entity.js';

/** Who is not given a case (again), and why. The claim asks this table. */
@Entity('case_exclusion')
@Check('case_exclusion_reason_check', `reason IN ('decided', 'skipped', 'escalated')`)
export class CaseExclusionEntity {
  @PrimaryColumn('uuid')
  @ForeignKey(() => ModerationCaseEntity)
  caseId!: string;

  @PrimaryColumn('uuid')
  @ForeignKey(() => ModeratorEntity)
  moderatorId!: string;

  @Column('text')
  reason!: 'decided' | 'skipped' | 'escalated';

  @Column(instantNow)
  at!: Date;
}
