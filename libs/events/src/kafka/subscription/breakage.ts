/** How a break of a consumer is told. */
export interface Breakage {
  level: 'info' | 'warn';
  message: string;
}

/** @param inARow how many consumers broke, this one counted, since one was given partitions */
export const breakageOf = (error: unknown, inARow: number): Breakage =>
  inARow === 1 && isCoordinatorMissing(error)
    ? { level: 'info', message: 'Kafka has no coordinator for a group yet: another consumer will ask again' }
    : { level: 'warn', message: 'a consumer broke: another one takes its place' };

/**
 * The first consumer that a new cluster sees has it make the topic in which groups are kept, which takes longer than
 * kafkajs's patience. A group whose coordinator has died is also without one for a moment.
 */
const isCoordinatorMissing = (error: unknown): boolean => {
  const { name, type, cause } = (error ?? {}) as { name?: string; type?: string; cause?: unknown };
  return (
    name === 'KafkaJSGroupCoordinatorNotFound' ||
    type === 'GROUP_COORDINATOR_NOT_AVAILABLE' ||
    (cause instanceof Error && isCoordinatorMissing(cause))
  );
};
