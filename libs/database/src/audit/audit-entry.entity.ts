import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import { instant } from '../connection/columns.js';

/** One act of a person, a service or the system. Append-only: a trigger refuses UPDATE, DELETE and TRUNCATE. */
@Entity('audit_entry')
@Check('audit_entry_actor_kind_check', `actor_kind IN ('moderator', 'service', 'system')`)
export class AuditEntryEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column(instant)
  at!: Date;

  @Column('text')
  actorKind!: 'moderator' | 'service' | 'system';

  /** the moderator's or the API key's; null for the system */
  @Column('uuid', { nullable: true })
  actorId!: string | null;

  /** `case.decided`, `policy.published`, `image.viewed` … */
  @Column('text')
  act!: string;

  /** `case`, `content`, `policy`, `moderator` … */
  @Column('text')
  subjectKind!: string;

  @Column('text')
  subjectId!: string;

  /** what an auditor needs beside it; never a secret, never a picture's bytes */
  @Column('jsonb')
  details!: Record<string, unknown>;
}
