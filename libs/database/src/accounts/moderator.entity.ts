import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { instant, instantNow } from '../connection/columns.js';

export const moderatorRoles = ['moderator', 'senior', 'lead', 'admin'] as const;
export type ModeratorRole = (typeof moderatorRoles)[number];

/** A person who signs in. */
@Entity('moderator')
@Unique(['email'])
@Check('moderator_email_check', 'email = lower(email)')
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

  /** argon2id, PHC string format */
  @Column('text')
  passwordHash!: string;

  @Column(instantNow)
  createdAt!: Date;

  /** set: may not sign in, and sessions no longer count */
  @Column({ ...instant, nullable: true })
  disabledAt!: Date | null;
}
