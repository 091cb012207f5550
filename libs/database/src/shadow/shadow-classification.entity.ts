import type { Scores } from '#libs/domain';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { instantNow } from '../connection/columns.js';
import { ContentEntity } from '../content/content.entity.js';

/** What a pack on trial said of a content: never judged by. */
@Entity('shadow_classification')
export class ShadowClassificationEntity {
  @PrimaryColumn('text')
  model!: string;

  @PrimaryColumn('text')
  version!: string;

  @PrimaryColumn('uuid')
  @ForeignKey(() => ContentEntity)
  contentId!: string;

  @Column('jsonb')
  scores!: Scores;

  @Column(instantNow)
  classifiedAt!: Date;
}
