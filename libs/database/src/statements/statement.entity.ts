import type { Statement } from '#libs/domain';
import { Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { instant } from '../connection/columns.js';
import { ContentEntity } from '../content/content.entity.js';
import { VerdictEntity } from '../content/verdict.entity.js';

/**
 * Why a picture was restricted, as its uploader is told: one for each verdict that restricted it. Append-only: a trigger
 * refuses UPDATE, DELETE and TRUNCATE.
 */
@Entity('statement_of_reasons')
@Unique(['contentId', 'verdictKey'])
@Index(['issuedAt', 'id'])
@ForeignKey(() => VerdictEntity, ['contentId', 'verdictKey'], ['contentId', 'key'])
export class StatementEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid')
  @ForeignKey(() => ContentEntity)
  contentId!: string;

  @Column('text')
  verdictKey!: string;

  @Column(instant)
  issuedAt!: Date;

  @Column('jsonb')
  document!: Statement;
}
