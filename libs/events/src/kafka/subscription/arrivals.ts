import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { Topic } from '#libs/domain';
import type { WakeUp } from '../../wake-up.js';
import type { Intake } from './intake.js';
import type { Partition, Partitions } from './partitions.js';
import type { SubscriptionParts } from './ports.js';
import { bytesInMemory, type TakenMessage } from './taken-message.js';

/** setTimeout's longest */
const longestTimerMs = 2 ** 31 - 1;

interface ArrivalParts<T extends Topic> {
  parts: SubscriptionParts;
  topic: T;
  partitions: Partitions;
  intake: Intake<TakenMessage<T>>;
  wakeUp: WakeUp;
  takesMore: () => boolean;
}

/**
 * Puts what was fetched into the intake. A fetched batch is left, and the fetch loop goes on, as soon as its messages are
 * there: kafkajs fetches nothing from a broker until all that it brought before was handled. Waits, with heartbeats,
 * only while the intake is full, and for a partition's marks.
 */
export class Arrivals<T extends Topic> {
  constructor(private readonly the: ArrivalParts<T>) {}

  async receive(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    const partition = await this.readyPartition(payload);
    if (!partition) return;
    try {
      for (const message of batch.messages) {
        if (!this.mayTake(payload, partition) && !(await this.hasRoom(payload, partition))) return;
        if (!this.take(message, partition, payload)) return;
        payload.resolveOffset(message.offset);
      }
      partition.skipTo(Number(batch.lastOffset()) + 1);
    } finally {
      this.the.wakeUp.call();
    }
  }

  /** False when it is not due yet. */
  private take(message: KafkaMessage, partition: Partition, payload: EachBatchPayload): boolean {
    const { parts, topic, intake, wakeUp } = this.the;
    const offset = Number(message.offset);
    if (partition.tracker.knows(offset)) return true;
    const received = parts.readMessage(topic, message);
    const waitMs = received.ok ? received.value.notBefore - Date.now() : 0;
    if (waitMs > 0) {
      this.comeBack(payload, waitMs);
      return false;
    }
    const admitted = partition.admit(offset);
    if (admitted)
      intake.add({
        partition,
        offset,
        original: message,
        received,
        deaths: admitted.tries,
        bytes: bytesInMemory(message),
        arrivedAt: performance.now(),
        isBegun: false,
        isHandedBack: false,
      });
    // not for each message: lanes that wait for a full batch would look through the intake every time
    if (intake.isWorthALook) wakeUp.call();
    return true;
  }

  /** A delay topic is in order of its due times, so nothing behind this message is due either (but for its jitter). */
  private comeBack(payload: EachBatchPayload, waitMs: number): void {
    const resume = payload.pause();
    setTimeout(
      () => {
        // the consumer may be gone, and then there is nothing to resume
        if (payload.isRunning() && this.the.takesMore()) resume();
      },
      Math.min(waitMs, longestTimerMs),
    ).unref();
  }

  /** Undefined when nothing is to be taken from it any more. @throws when the group is formed anew */
  private async readyPartition(payload: EachBatchPayload): Promise<Partition | undefined> {
    const { topic, partition: id } = payload.batch;
    for (;;) {
      const asOf = this.the.wakeUp.now();
      if (!this.goesOn(payload)) return undefined;
      const partition = this.the.partitions.find(topic, id);
      if (!partition || partition.isReady) return partition;
      await this.pauseWithHeartbeat(payload, asOf);
    }
  }

  /** Without a wait, as it is nearly always. */
  private mayTake(payload: EachBatchPayload, partition: Partition): boolean {
    return this.goesOn(payload) && !partition.isLost && this.the.intake.hasRoom;
  }

  /** False when nothing is to be taken from it any more. @throws when the group is formed anew */
  private async hasRoom(payload: EachBatchPayload, partition: Partition): Promise<boolean> {
    for (;;) {
      const asOf = this.the.wakeUp.now();
      if (!this.goesOn(payload) || partition.isLost) return false;
      if (this.the.intake.hasRoom) return true;
      await this.pauseWithHeartbeat(payload, asOf);
    }
  }

  private goesOn(payload: EachBatchPayload): boolean {
    if (!payload.isRunning() || payload.isStale()) return false;
    if (this.the.takesMore()) return true;
    payload.pause();
    return false;
  }

  private async pauseWithHeartbeat(payload: EachBatchPayload, asOf: number): Promise<void> {
    await payload.heartbeat();
    await this.the.wakeUp.sleep(asOf, this.the.parts.delivery.heartbeatMs);
  }
}
