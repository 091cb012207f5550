import type { HumanVerdict } from '#libs/domain';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ModeratorEntity } from '../accounts/moderator.entity.js';
import { ModerationCaseEntity } from '../cases/moderation-case.entity.js';
import { instant, instantNow } from '../connection/columns.js';
import { ContentEntity } from '../content/content.entity.js';

/** A picture whose right answer is known, made from a decided case. Put before people unseen, to see how well they decide. */
@Entity('golden_case')
@Index('golden_case_active_idx', ['contentId'], { unique: true, where: 'retired_at IS NULL' })
@Index('golden_case_queue_idx', ['queue'], { where: 'retired_at IS NULL' })
@Index(['madeAt', 'id'])
@Check('golden_case_verdict_check', `verdict IN ('allow', 'block')`)
@Check('golden_case_retired_check', `(retired_at IS NULL) = (retired_by IS NULL)`)
export class GoldenCaseEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  @ForeignKey(() => ContentEntity)
  contentId!: string;

  /** that it was made from */
  @Column('uuid')
  @ForeignKey(() => ModerationCaseEntity)
  caseId!: string;

  /** in which people are given it */
  @Column('text')
  queue!: string;

  /** the right answer */
  @Column('text')
  verdict!: HumanVerdict;

  @Column('text', { nullable: true })
  category!: string | null;

  /** why the answer is right */
  @Column('text')
  note!: string;

  @Column('uuid')
  @ForeignKey(() => ModeratorEntity)
  madeBy!: string;

  @Column(instantNow)
  madeAt!: Date;

  @Column('uuid', { nullable: true })
  @ForeignKey(() => ModeratorEntity)
  retiredBy!: string | null;

  @Column({ ...instant, nullable: true })
  retiredAt!: Date | null;
}
