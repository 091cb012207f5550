import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instant } from '../connection/columns.js';

/** One act of a person, a service or the system. Append-only: a trigger refuses UPDATE, DELETE and TRUNCATE. */
@Entity('audit_entry')
@Check('audit_entry_actor_kind_check', `actor_kind IN ('moderator', 'service', 'system')`)
@Index('audit_entry_written_tx_idx', ['writtenTx', 'id'])
@Index('audit_entry_at_idx', ['at', 'id'])
@Index('audit_entry_actor_idx', ['actorId', 'at', 'id'])
@Index('audit_entry_act_idx', ['act', 'at', 'id'])
@Index('audit_entry_subject_idx', ['subjectId', 'at', 'id'])
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

  /** what an auditor needs beside it; never a secret, never a picture's bytes, and no free text: it cannot be erased */
  @Column('jsonb')
  details!: Record<string, unknown>;

  /** the transaction that wrote it: the sealer's watermark. The default as TypeORM reads it, without its casts */
  @Column({ type: 'bigint', default: () => '((pg_current_xact_id()))', update: false })
  writtenTx!: string;
}
