import type { Evidence } from '#libs/domain';
import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { instant } from '../connection/columns.js';
import { ContentEntity } from '../content/content.entity.js';

/** What one detector (name and version) saw in one content. Apart from its scores, since it is erased and they are not. */
@Entity('evidence')
@Index(['seenAt'])
export class EvidenceEntity {
  @PrimaryColumn('uuid')
  @ForeignKey(() => ContentEntity)
  contentId!: string;

  @PrimaryColumn('text')
  model!: string;

  @PrimaryColumn('text')
  version!: string;

  @Column('jsonb')
  pieces!: Evidence[];

  @Column(instant)
  seenAt!: Date;
}
