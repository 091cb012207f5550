import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ModerationCaseEntity } from '../cases/moderation-case.entity.js';
import { DecisionEntity } from '../cases/decision.entity.js';
import { instant, instantNow } from '../connection/columns.js';
import { ContentEntity } from '../content/content.entity.js';

/** Whether an appeal waits for a person, and how it ended: `withdrawn` where its content was erased before that. */
export const appealStates = ['open', 'upheld', 'overturned', 'withdrawn'] as const;
export type AppealState = (typeof appealStates)[number];

/** A complaint about a block, which a person decides who took no part before. One is open for a content at most. */
@Entity('appeal')
@Index('appeal_open_idx', ['contentId'], { unique: true, where: `state = 'open'` })
@Index(['contentId', 'filedAt'])
@Index(['caseId'])
@Index('appeal_words_age_idx', ['filedAt'], { where: 'reason IS NOT NULL' })
@Index(['filedAt', 'id'])
@Index(['state', 'filedAt', 'id'])
@Check('appeal_state_check', `state IN ('open', 'upheld', 'overturned', 'withdrawn')`)
@Check('appeal_concluded_check', `(state = 'open') = (concluded_at IS NULL)`)
@Check('appeal_decision_check', `(state IN ('upheld', 'overturned')) = (decision_id IS NOT NULL)`)
export class AppealEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  @ForeignKey(() => ContentEntity)
  contentId!: string;

  @Column('uuid')
  @ForeignKey(() => ModerationCaseEntity)
  caseId!: string;

  /** the uploader's words; null once erased */
  @Column('text', { nullable: true })
  reason!: string | null;

  /** the caller's own name for the appeal */
  @Column('text', { nullable: true })
  reference!: string | null;

  /** the API key that brought it */
  @Column('uuid')
  filedBy!: string;

  @Column(instantNow)
  filedAt!: Date;

  @Column('text', { default: 'open' })
  state!: AppealState;

  /** that concluded it */
  @Column('uuid', { nullable: true })
  @ForeignKey(() => DecisionEntity)
  decisionId!: string | null;

  @Column({ ...instant, nullable: true })
  concludedAt!: Date | null;
}
