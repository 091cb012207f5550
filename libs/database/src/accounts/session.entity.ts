import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { instant, instantNow } from '../connection/columns.js';
import { ModeratorEntity } from './moderator.entity.js';

/** How a session was opened: by a password, by a password and a second factor, by an identity provider. */
export type SignInMethod = 'password' | 'totp' | 'oidc';

/** A signed-in browser. The cookie's token is kept as a hash: a copy of this table opens no session. */
@Entity('session')
@Unique(['tokenHash'])
@Unique(['previousTokenHash'])
@Index(['moderatorId'])
@Index(['expiresAt'])
@Check('session_method_check', `method IN ('password', 'totp', 'oidc')`)
export class SessionEntity {
  /** by which its owner and the audit name it; it opens nothing */
  @PrimaryColumn('uuid')
  id!: string;

  /** SHA-256 of the token */
  @Column('bytea')
  tokenHash!: Buffer;

  /** of the token before this one, which requests that were already under way still carry */
  @Column('bytea', { nullable: true })
  previousTokenHash!: Buffer | null;

  @Column(instantNow)
  rotatedAt!: Date;

  /** whether the browser has shown that it got the token; until then the one before it goes on to count */
  @Column('boolean', { default: false })
  tokenSeen!: boolean;

  @Column('uuid')
  @ForeignKey(() => ModeratorEntity, { onDelete: 'CASCADE' })
  moderatorId!: string;

  @Column('text')
  method!: SignInMethod;

  /** from where it was opened, for its owner to recognise */
  @Column('text', { nullable: true })
  address!: string | null;

  @Column('text', { nullable: true })
  userAgent!: string | null;

  @Column(instantNow)
  createdAt!: Date;

  /** the end, however busy it is */
  @Column(instant)
  expiresAt!: Date;

  /** it ends some idle time after this */
  @Column(instantNow)
  lastSeenAt!: Date;
}
