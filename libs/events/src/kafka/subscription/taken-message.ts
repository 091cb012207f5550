import type { KafkaMessage } from 'kafkajs';
import type { Result, Topic } from '#libs/domain';
import type { Waiting } from './intake.js';
import type { Partition } from './partitions.js';
import type { ReceivedEvent } from './ports.js';

/** A message between its fetch and its fate. */
export interface TakenMessage<T extends Topic> extends Waiting {
  partition: Partition;
  offset: number;
  original: KafkaMessage;
  /** a handler has it, or is about to get it */
  isBegun: boolean;
  /** it was in work when the subscription stopped, and its handler did not end */
  isHandedBack: boolean;
  received: Result<ReceivedEvent<T>, { code: 'unreadable'; detail: string }>;
}

/** What a message costs beside its value: key, headers, the parsed event's objects; a guess. */
const overheadBytes = 4_000;

export const bytesInMemory = ({ value }: KafkaMessage): number => 2 * (value?.length ?? 0) + overheadBytes;

/** False once its partition was lost, or it was handed back: then its fate is somebody else's. */
export const isOurs = ({
  partition,
  isHandedBack,
}: Pick<TakenMessage<Topic>, 'partition' | 'isHandedBack'>): boolean => !partition.isLost && !isHandedBack;
