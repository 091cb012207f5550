import { Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** Tries to sign in that were counted. Its columns are those that rate-limiter-flexible reads and writes. */
@Entity('login_try')
@Index(['expire'])
export class LoginTryEntity {
  /** what is counted, hashed: neither addresses nor e-mail addresses stand here */
  @PrimaryColumn('text')
  key!: string;

  @Column('integer', { default: 0 })
  points!: number;

  /** milliseconds since 1970 */
  @Column('bigint', { nullable: true })
  expire!: string | null;
}
