import { Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { QueueEntity } from '../queues/queue.entity.js';
import { ModeratorEntity } from './moderator.entity.js';

/** A queue that a person works on. Whoever has no row here works on all of them. */
@Entity('moderator_queue')
export class ModeratorQueueEntity {
  @PrimaryColumn('uuid')
  @ForeignKey(() => ModeratorEntity, { onDelete: 'CASCADE' })
  moderatorId!: string;

  @PrimaryColumn('text')
  @ForeignKey(() => QueueEntity)
  queue!: string;
}
