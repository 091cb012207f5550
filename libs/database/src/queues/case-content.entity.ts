import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ModerationCaseEntity } from '../cases/moderation-case.entity.js';
import { instantNow } from '../connection/columns.js';
import { ContentEntity } from '../content/content.entity.js';

/** A content that shows the same picture as an undecided case, and is decided with it instead of by a case of its own. */
@Entity('case_content')
@Index(['caseId'])
@Index('case_content_picture_idx', ['sha256', 'attachedAt'], { where: 'sha256 IS NOT NULL' })
export class CaseContentEntity {
  @PrimaryColumn('uuid')
  @ForeignKey(() => ContentEntity)
  contentId!: string;

  @Column('uuid')
  @ForeignKey(() => ModerationCaseEntity)
  caseId!: string;

  /** the picture, where the ledger attached it: by it the next one finds the case */
  @Column('bytea', { nullable: true })
  sha256!: Buffer | null;

  @Column(instantNow)
  attachedAt!: Date;
}
