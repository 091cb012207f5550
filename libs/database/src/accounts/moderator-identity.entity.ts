import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { instantNow } from '../connection/columns.js';
import { ModeratorEntity } from './moderator.entity.js';

/** By what an identity provider knows a person (OpenID Connect Core, section 5.7: issuer and subject together). */
@Entity('moderator_identity')
@Index(['moderatorId'])
export class ModeratorIdentityEntity {
  @PrimaryColumn('text')
  issuer!: string;

  @PrimaryColumn('text')
  subject!: string;

  @Column('uuid')
  @ForeignKey(() => ModeratorEntity, { onDelete: 'CASCADE' })
  moderatorId!: string;

  @Column(instantNow)
  linkedAt!: Date;
}
