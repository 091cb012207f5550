import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import type { ModeratorRole } from '../accounts/moderator.entity.js';
import { instant, instantNow } from '../connection/columns.js';

/**
 * Where cases wait. A trigger makes a row for every queue that a new case names, so that no case waits where nobody
 * looks.
 */
@Entity('queue')
@Check('queue_minimum_role_check', `minimum_role IN ('moderator', 'senior', 'lead', 'admin')`)
@Check('queue_sla_seconds_check', 'sla_seconds > 0')
export class QueueEntity {
  @PrimaryColumn('text')
  name!: string;

  @Column('text')
  title!: string;

  /** who may claim here: this role, or one above it */
  @Column('text', { default: 'moderator' })
  minimumRole!: ModeratorRole;

  /** within how long a case is promised to be decided, from when its picture was received; null: no promise */
  @Column('integer', { nullable: true })
  slaSeconds!: number | null;

  /** order in lists */
  @Column('integer')
  position!: number;

  @Column(instantNow)
  createdAt!: Date;

  /** set: nothing more is routed here; what waits may still be claimed */
  @Column({ ...instant, nullable: true })
  disabledAt!: Date | null;
}
