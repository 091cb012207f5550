import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { instantNow } from '../connection/columns.js';
import { ContentEntity } from '../content/content.entity.js';

/** Stored bytes that are to go because their content's picture was erased; the row goes when they have. */
@Entity('blob_erasure')
@Index(['nextTryAt'])
export class BlobErasureEntity {
  @PrimaryColumn('uuid')
  @ForeignKey(() => ContentEntity)
  contentId!: string;

  @Column('text')
  blobKey!: string;

  @Column(instantNow)
  requestedAt!: Date;

  @Column(instantNow)
  nextTryAt!: Date;
}
