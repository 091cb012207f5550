import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ModerationCaseEntity } from './moderation-case.entity.js';

/**
 * The PDQ hash of a case that nobody has decided yet, where it is good enough to find near copies by. A trigger writes
 * the row when the case is opened; the decision removes it. Audit samples, second looks and golden cases have none.
 */
@Entity('undecided_picture')
@Index('undecided_picture_bands_idx', ['bands'], { type: 'gin' })
export class UndecidedPictureEntity {
  @PrimaryColumn('uuid')
  @ForeignKey(() => ModerationCaseEntity, { onDelete: 'CASCADE' })
  caseId!: string;

  /** 32 bytes, most significant first */
  @Column('bytea')
  pdq!: Buffer;

  /** each 16 bits of it, told apart by their place: `picture_bands(pdq)` */
  @Column('integer', { array: true })
  bands!: number[];
}
