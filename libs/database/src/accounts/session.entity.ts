import { Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { instant, instantNow } from '../connection/columns.js';
import { ModeratorEntity } from './moderator.entity.js';

/** A signed-in browser. The cookie's token is kept as a hash: a copy of this table opens no session. */
@Entity('session')
@Index(['moderatorId'])
@Index(['expiresAt'])
export class SessionEntity {
  /** SHA-256 of the token */
  @PrimaryColumn('bytea')
  tokenHash!: Buffer;

  @Column('uuid')
  @ForeignKey(() => ModeratorEntity, { onDelete: 'CASCADE' })
  moderatorId!: string;

  @Column(instantNow)
  createdAt!: Date;

  /** the end, however busy it is */
  @Column(instant)
  expiresAt!: Date;

  /** it ends some idle time after this */
  @Column(instantNow)
  lastSeenAt!: Date;
}
