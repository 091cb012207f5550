import type { HumanVerdict } from '#libs/domain';
import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { DecisionEntity } from '../cases/decision.entity.js';
import { ModerationCaseEntity } from '../cases/moderation-case.entity.js';
import { instant, instantNow } from '../connection/columns.js';

/** What a person's decision means for the next upload of the same picture. One row per picture is in force. */
@Entity('known_content')
@Index('known_content_in_force_idx', ['sha256'], { unique: true, where: 'revoked_at IS NULL' })
@Index(['changeTx'])
@Check('known_content_verdict_check', `verdict IN ('allow', 'block')`)
export class KnownContentEntity {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('bytea')
  sha256!: Buffer;

  /** 32 bytes, most significant first; null where the picture was not hashed */
  @Column('bytea', { nullable: true })
  pdq!: Buffer | null;

  /** 0–100 */
  @Column('smallint', { nullable: true })
  pdqQuality!: number | null;

  @Column('text')
  verdict!: HumanVerdict;

  @Column('uuid')
  @ForeignKey(() => ModerationCaseEntity)
  caseId!: string;

  @Column('uuid')
  @ForeignKey(() => DecisionEntity)
  decisionId!: string;

  /** an allow holds under this version only */
  @Column('text')
  policyName!: string;

  @Column('integer')
  policyVersion!: number;

  /** null: never (a block) */
  @Column({ ...instant, nullable: true })
  expiresAt!: Date | null;

  /** set when a later decision on the same picture replaces this one */
  @Column({ ...instant, nullable: true })
  revokedAt!: Date | null;

  @Column(instantNow)
  createdAt!: Date;

  /** the transaction that wrote the row last, stamped by a trigger: readers' watermark */
  @Column({ type: 'bigint', insert: false, update: false })
  changeTx!: string;
}
