import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ModeratorEntity } from '../accounts/moderator.entity.js';
import { instantNow } from '../connection/columns.js';
import { ModerationCaseEntity } from './moderation-case.entity.js';

/** What a moderator wrote for whoever has the case next. */
@Entity('case_note')
@Index('case_note_case_id_idx', ['caseId', 'at'])
@Index('case_note_age_idx', ['at'])
@Check('case_note_kind_check', `kind IN ('escalated', 'skipped')`)
export class CaseNoteEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  @ForeignKey(() => ModerationCaseEntity)
  caseId!: string;

  @Column('uuid')
  @ForeignKey(() => ModeratorEntity)
  moderatorId!: string;

  /** on what occasion */
  @Column('text')
  kind!: 'escalated' | 'skipped';

  @Column('text')
  text!: string;

  @Column(instantNow)
  at!: Date;
}
