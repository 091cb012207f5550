import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { instant, instantNow } from '../connection/columns.js';

export const moderatorRoles = ['moderator', 'senior', 'lead', 'admin'] as const;
export type ModeratorRole = (typeof moderatorRoles)[number];

/** A person who signs in. */
@Entity('moderator')
@Unique(['email'])
@Check('moderator_email_check', 'email = lower(email)')
@Check('moderator_totp_check', 'totp_confirmed_at IS NULL OR totp_secret IS NOT NULL')
@Check('moderator_role_check', `role IN ('moderator', 'senior', 'lead', 'admin')`)
export class ModeratorEntity {
  @PrimaryColumn('uuid')
  id!: string;

  /** lower case: the same address in another case is the same person */
  @Column('text')
  email!: string;

  @Column('text')
  displayName!: string;

  @Column('text')
  role!: ModeratorRole;

  /** argon2id, PHC string format; null: signs in by an identity provider only */
  @Column('text', { nullable: true })
  passwordHash!: string | null;

  /** whether somebody else knows the password, and nothing else may be done before it is changed */
  @Column('boolean', { default: false })
  mustChangePassword!: boolean;

  /** secret of the second factor, encrypted; null where there is none */
  @Column('bytea', { nullable: true })
  totpSecret!: Buffer | null;

  /** since when it is asked for; null while it is being set up */
  @Column({ ...instant, nullable: true })
  totpConfirmedAt!: Date | null;

  /** the latest time step whose code was used: neither that code nor an earlier one counts again (RFC 6238, 5.2) */
  @Column('integer', { nullable: true })
  totpLastStep!: number | null;

  @Column(instantNow)
  createdAt!: Date;

  /** set: may not sign in, and sessions no longer count */
  @Column({ ...instant, nullable: true })
  disabledAt!: Date | null;
}
