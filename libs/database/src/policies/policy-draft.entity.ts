import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { ModeratorEntity } from '../accounts/moderator.entity.js';
import { instantNow } from '../connection/columns.js';
import { PolicyVersionEntity } from './policy-version.entity.js';

/** A version of a policy that somebody works on. It judges nothing. */
@Entity('policy_draft')
@Check('policy_draft_revision_check', 'revision > 0')
@Index('policy_draft_open_idx', ['name', 'id'], { where: 'published_version IS NULL' })
@ForeignKey(() => PolicyVersionEntity, ['name', 'basedOn'], ['name', 'version'])
@ForeignKey(() => PolicyVersionEntity, ['name', 'publishedVersion'], ['name', 'version'])
export class PolicyDraftEntity {
  @PrimaryColumn('uuid')
  id!: string;

  /** the policy that it would be a version of, which need not exist yet */
  @Column('text')
  name!: string;

  @Column('text')
  title!: string;

  @Column('text')
  notes!: string;

  /** the version that its author began with; null for a new policy */
  @Column('integer', { nullable: true })
  basedOn!: number | null;

  /** as it was sent: whether it is a policy is looked at when it is validated or published */
  @Column('jsonb')
  document!: unknown;

  /** counts changes: who changes a draft says which revision they saw */
  @Column('integer', { default: 1 })
  revision!: number;

  @Column('uuid')
  @ForeignKey(() => ModeratorEntity)
  createdBy!: string;

  @Column(instantNow)
  createdAt!: Date;

  @Column('uuid')
  @ForeignKey(() => ModeratorEntity)
  updatedBy!: string;

  @Column(instantNow)
  updatedAt!: Date;

  /** the version that it became; it cannot be changed any more then */
  @Column('integer', { nullable: true })
  publishedVersion!: number | null;
}
