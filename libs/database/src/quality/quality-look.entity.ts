import type { CaseKind, HumanVerdict } from '#libs/domain';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { ModeratorEntity } from '../accounts/moderator.entity.js';
import { DecisionEntity } from '../cases/decision.entity.js';
import { ModerationCaseEntity } from '../cases/moderation-case.entity.js';
import { instant, instantNow } from '../connection/columns.js';
import { GoldenCaseEntity } from './golden-case.entity.js';

/**
 * A second look or a golden case: what it is compared with and, once it is decided, what was said. Prepared with its
 * case; withdrawn where nobody decides it.
 */
@Entity('quality_look')
@Unique(['goldenId', 'reservedFor'])
@Unique(['parentCaseId'])
@Index('quality_look_concluded_idx', ['concludedAt'], { where: 'concluded_at IS NOT NULL' })
@Index('quality_look_waiting_idx', ['reservedFor', 'preparedAt'], {
  where: 'concluded_at IS NULL AND withdrawn_at IS NULL',
})
@Check('quality_look_kind_check', `kind IN ('second', 'golden')`)
@Check('quality_look_expected_check', `expected IN ('allow', 'block')`)
@Check('quality_look_verdict_check', `verdict IN ('allow', 'block')`)
@Check(
  'quality_look_of_check',
  `CASE kind WHEN 'second' THEN parent_case_id IS NOT NULL AND first_decision_id IS NOT NULL
     AND first_moderator_id IS NOT NULL AND golden_id IS NULL AND reserved_for IS NULL
   ELSE golden_id IS NOT NULL AND reserved_for IS NOT NULL AND parent_case_id IS NULL END`,
)
@Check(
  'quality_look_concluded_check',
  `(concluded_at IS NOT NULL) = (verdict IS NOT NULL AND moderator_id IS NOT NULL AND decision_id IS NOT NULL)`,
)
@Check('quality_look_themselves_check', 'moderator_id <> first_moderator_id')
export class QualityLookEntity {
  @PrimaryColumn('uuid')
  @ForeignKey(() => ModerationCaseEntity, { onDelete: 'CASCADE' })
  caseId!: string;

  @Column('text')
  kind!: Exclude<CaseKind, 'content'>;

  /** the decided case that a second look is about */
  @Column('uuid', { nullable: true })
  @ForeignKey(() => ModerationCaseEntity)
  parentCaseId!: string | null;

  @Column('uuid', { nullable: true })
  @ForeignKey(() => GoldenCaseEntity)
  goldenId!: string | null;

  /** whom a golden case is put before */
  @Column('uuid', { nullable: true })
  @ForeignKey(() => ModeratorEntity)
  reservedFor!: string | null;

  @Column('text')
  queue!: string;

  /** the machines' worst at that time, or a golden case's own */
  @Column('text', { nullable: true })
  category!: string | null;

  /** the right answer, or the first person's */
  @Column('text')
  expected!: HumanVerdict;

  @Column('uuid', { nullable: true })
  @ForeignKey(() => DecisionEntity)
  firstDecisionId!: string | null;

  @Column('uuid', { nullable: true })
  @ForeignKey(() => ModeratorEntity)
  firstModeratorId!: string | null;

  @Column('uuid', { nullable: true })
  @ForeignKey(() => DecisionEntity)
  decisionId!: string | null;

  @Column('uuid', { nullable: true })
  @ForeignKey(() => ModeratorEntity)
  moderatorId!: string | null;

  @Column('text', { nullable: true })
  verdict!: HumanVerdict | null;

  @Column(instantNow)
  preparedAt!: Date;

  @Column({ ...instant, nullable: true })
  concludedAt!: Date | null;

  @Column({ ...instant, nullable: true })
  withdrawnAt!: Date | null;
}
