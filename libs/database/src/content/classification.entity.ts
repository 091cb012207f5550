import type { Scores, Tier } from '#libs/domain';
import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { instant } from '../connection/columns.js';
import { ContentEntity } from './content.entity.js';

/** All scores of one model (name and version) on one content. */
@Entity('classification')
export class ClassificationEntity {
  @PrimaryColumn('uuid')
  @ForeignKey(() => ContentEntity)
  contentId!: string;

  @PrimaryColumn('text')
  model!: string;

  @PrimaryColumn('text')
  version!: string;

  @Column('text')
  tier!: Tier;

  @Column('jsonb')
  scores!: Scores;

  @Column(instant)
  classifiedAt!: Date;
}
