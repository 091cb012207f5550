import type { PolicyDocument } from '#libs/domain';
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import { instantNow } from '../connection/columns.js';

/** A published version of a policy. Immutable: a trigger refuses UPDATE, DELETE and TRUNCATE. */
@Entity('policy_version')
@Check('policy_version_version_check', 'version > 0')
export class PolicyVersionEntity {
  @PrimaryColumn('text')
  name!: string;

  @PrimaryColumn('integer')
  version!: number;

  @Column('jsonb')
  document!: PolicyDocument;

  @Column(instantNow)
  publishedAt!: Date;
}
