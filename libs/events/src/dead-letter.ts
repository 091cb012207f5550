import type { ConsumerGroup, Topic } from '#libs/domain';

/** An event that a consumer group gave up. It waits, for a year at the least, until somebody redrives it. */
export interface DeadLetter {
  id: string;
  topic: Topic;
  group: ConsumerGroup;
  /** as it was published; may break its schema, if that is the reason */
  event: unknown;
  reason: string;
  /** deliveries that were tried */
  attempts: number;
  diedAt: Date;
}

export interface DeadLetterFilter {
  topic?: Topic;
  group?: ConsumerGroup;
  /** only those that died before this moment */
  before?: Date;
  /** default 100 */
  limit?: number;
}
