import type { PolicyDocument } from '#libs/domain';
import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { ModeratorEntity } from '../accounts/moderator.entity.js';
import { instantNow } from '../connection/columns.js';

/** A published version of a policy. Immutable: a trigger refuses UPDATE, DELETE and TRUNCATE. */
@Entity('policy_version')
@Check('policy_version_version_check', 'version > 0')
@Check('policy_version_reason_check', `reason <> ''`)
@Check('policy_version_based_on_check', 'based_on > 0')
export class PolicyVersionEntity {
  @PrimaryColumn('text')
  name!: string;

  @PrimaryColumn('integer')
  version!: number;

  @Column('jsonb')
  document!: PolicyDocument;

  @Column(instantNow)
  publishedAt!: Date;

  /** null where the system or an operator did, or where it was not written down yet */
  @Column('uuid', { nullable: true })
  @ForeignKey(() => ModeratorEntity)
  publishedBy!: string | null;

  /** why, in the publisher's words */
  @Column('text', { nullable: true })
  reason!: string | null;

  /** the version that its author began with, or that it is a copy of */
  @Column('integer', { nullable: true })
  basedOn!: number | null;
}
