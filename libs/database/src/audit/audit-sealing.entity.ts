import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * How far the sealer has come, in one row: whatever the transactions below `upto` wrote is sealed, but for those in
 * `pending`, which were still running. Only a hint of where to look: a wrong one is found by the verification.
 */
@Entity('audit_sealing')
@Check('audit_sealing_id_check', 'id = 1')
export class AuditSealingEntity {
  @PrimaryColumn('smallint')
  id!: 1;

  /** the database cluster that the transactions' numbers belong to; in another one they mean nothing */
  @Column('text', { nullable: true })
  cluster!: string | null;

  @Column('bigint')
  upto!: string;

  @Column('bigint', { array: true })
  pending!: string[];
}
