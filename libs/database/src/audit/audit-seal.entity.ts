import { Check, Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { instant } from '../connection/columns.js';
import { AuditEntryEntity } from './audit-entry.entity.js';

/**
 * An entry's place in the hash chain (see `sealHash`). Sequences have no gaps. Append-only: a trigger refuses UPDATE,
 * DELETE and TRUNCATE.
 */
@Entity('audit_seal')
@Unique(['entryId'])
@Check('audit_seal_sequence_check', 'sequence > 0')
@Check('audit_seal_previous_hash_check', 'length(previous_hash) = 32')
@Check('audit_seal_hash_check', 'length(hash) = 32')
export class AuditSealEntity {
  /** from 1 */
  @PrimaryColumn('bigint')
  sequence!: string;

  @Column('uuid')
  @ForeignKey(() => AuditEntryEntity)
  entryId!: string;

  /** that of the sequence before; 32 zero bytes before the first */
  @Column('bytea')
  previousHash!: Buffer;

  @Column('bytea')
  hash!: Buffer;

  @Column(instant)
  sealedAt!: Date;
}
