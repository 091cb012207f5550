import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { instantNow } from '../connection/columns.js';
import { ContentEntity } from '../content/content.entity.js';

/** What a content's picture is like, by one model. Only embeddings of one model and version can be compared. */
@Entity('content_embedding')
@Index('content_embedding_change_tx_idx', ['changeTx', 'contentId'])
@Index('content_embedding_model_idx', ['model', 'version'], { where: 'vector IS NOT NULL' })
@Index('content_embedding_age_idx', ['createdAt'], { where: 'vector IS NOT NULL' })
@Check('content_embedding_vector_check', 'octet_length(vector) > 0 AND octet_length(vector) % 2 = 0')
export class ContentEmbeddingEntity {
  @PrimaryColumn('uuid')
  @ForeignKey(() => ContentEntity)
  contentId!: string;

  @Column('text')
  model!: string;

  @Column('text')
  version!: string;

  /** IEEE 754 half-precision numbers, little endian; null once it was erased, and then for good */
  @Column('bytea', { nullable: true })
  vector!: Buffer | null;

  @Column(instantNow)
  createdAt!: Date;

  /** the transaction that wrote the row last, stamped by a trigger: readers' watermark */
  @Column({ type: 'bigint', insert: false, update: false })
  changeTx!: string;
}
