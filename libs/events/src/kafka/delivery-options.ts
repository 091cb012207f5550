/** How events are delivered on Kafka. Apps of one installation should use the same, or retries change their pace. */
export interface KafkaDelivery {
  /** tries before an event becomes a dead letter; tries that ended with the consumer's death count */
  maxAttempts: number;
  /** the wait before the retry after the first try, the second, …; the last one for all further; one topic for each */
  retryDelaysSeconds: readonly number[];
  /** a consumer that is silent for so long is taken for dead; within the broker's group.min/max.session.timeout.ms */
  sessionTimeoutMs: number;
  heartbeatMs: number;
  /** a longer message is buried unread; the broker's own limit (message.max.bytes) bounds what may come */
  maxEventBytes: number;
  /** longest that one fetch waits for events; also how late a delayed event may come */
  fetchWaitMs: number;
  /** a batch that is not full waits so long for more: events of one publish come in several fetches */
  lingerMs: number;
  /** events that wait for a handler in memory, for each lane (a batch being handled), in batches */
  batchesAhead: number;
  /** bytes that wait for a handler in memory, at most */
  bytesAhead: number;
  /** before a consumer that broke is followed by a new one */
  restartPauseMs: number;
}

/**
 * A dead consumer holds its group up for the session timeout: ten seconds, which no event loop of ours is blocked for.
 * With twelve tries a store or a model may be away for half an hour before anything becomes a dead letter.
 */
export const defaultKafkaDelivery: KafkaDelivery = {
  maxAttempts: 12,
  retryDelaysSeconds: [2, 20, 200],
  sessionTimeoutMs: 10_000,
  heartbeatMs: 3_000,
  maxEventBytes: 1_048_576,
  fetchWaitMs: 500,
  lingerMs: 10,
  batchesAhead: 2,
  bytesAhead: 16 * 1_048_576,
  restartPauseMs: 1_000,
};
