import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { instant } from '../connection/columns.js';
import { ModeratorEntity } from './moderator.entity.js';

/** What signs in once in place of a second factor that was lost. */
@Entity('recovery_code')
export class RecoveryCodeEntity {
  @PrimaryColumn('uuid')
  @ForeignKey(() => ModeratorEntity, { onDelete: 'CASCADE' })
  moderatorId!: string;

  /** SHA-256 of the code; with 80 bits of entropy a slow hash would protect nothing more */
  @PrimaryColumn('bytea')
  hash!: Buffer;

  @Column({ ...instant, nullable: true })
  usedAt!: Date | null;
}
