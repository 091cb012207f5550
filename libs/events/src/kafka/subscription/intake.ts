/** What the intake has to know of a message; the rest is its caller's. */
export interface Waiting {
  /** tries that ended with a consumer's death */
  deaths: number;
  /** in memory */
  bytes: number;
  /** as `performance.now()` counts */
  arrivedAt: number;
}

export interface IntakeLimits {
  /** of a handler's batch */
  batchSize: number;
  mostMessages: number;
  mostBytes: number;
}

interface TakeOptions {
  isMoreComing: boolean;
  isIdle: boolean;
  mostBatches?: number;
}

/** From so many deaths on, a suspect is handled while nothing else is. */
const deathsUntilQuarantine = 2;

/**
 * Messages of all partitions that wait for a handler, oldest first. Those that were in work when a consumer died come
 * alone, and after the second death while nothing else is in work: what kills its process must not use up the tries of
 * its neighbours.
 */
export class Intake<Message extends Waiting> {
  private messages: Message[] = [];
  private bytes = 0;

  constructor(private readonly limits: IntakeLimits) {}

  /** Of the oldest; undefined when none waits. */
  get waitsSince(): number | undefined {
    return this.messages[0]?.arrivedAt;
  }

  /** One message is always taken, however large. */
  get hasRoom(): boolean {
    const { mostMessages, mostBytes } = this.limits;
    return this.messages.length === 0 || (this.messages.length < mostMessages && this.bytes < mostBytes);
  }

  /** It holds a batch although more may be coming. */
  get isWorthALook(): boolean {
    const [first] = this.messages;
    if (!first) return false;
    return first.deaths > 0 || this.messages.length >= this.limits.batchSize || !this.hasRoom;
  }

  add(message: Message): void {
    this.messages.push(message);
    this.bytes += message.bytes;
  }

  /**
   * The next batch for a handler, or none: then ask again when something has come, or has been finished.
   *
   * @param isMoreComing a batch that is not full waits for it
   * @param isIdle nothing is in work, so a suspect may be
   * @param mostBatches so many batches in one, where they are there; never with a suspect among them
   */
  take({ isMoreComing, isIdle, mostBatches = 1 }: TakeOptions): Message[] {
    const { batchSize } = this.limits;
    const [first] = this.messages;
    if (!first) return [];
    if (first.deaths >= deathsUntilQuarantine) return isIdle ? this.remove([first]) : [];
    if (first.deaths > 0) return this.remove([first]);
    const together: Message[] = [];
    for (const message of this.messages) {
      if (together.length === mostBatches * batchSize) break;
      if (message.deaths === 0) together.push(message);
    }
    const mayGrow = isMoreComing && this.hasRoom;
    if (mayGrow) together.length -= together.length % batchSize;
    return this.remove(together);
  }

  /** Takes out what is not wanted any more. */
  drop(isUnwanted: (message: Message) => boolean): Message[] {
    return this.remove(this.messages.filter(isUnwanted));
  }

  private remove(messages: Message[]): Message[] {
    if (messages.length === 0) return messages;
    const removed = new Set(messages);
    this.messages = this.messages.filter((message) => !removed.has(message));
    for (const { bytes } of messages) this.bytes -= bytes;
    return messages;
  }
}
