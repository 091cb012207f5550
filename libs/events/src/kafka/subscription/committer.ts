import { setImmediate as turnOfTheEventLoop } from 'node:timers/promises';
import { encodeNote } from './marks.js';
import type { Commit } from './membership.js';
import type { Partition, Partitions } from './partitions.js';

/**
 * Writes progress and marks down. Who asks while a commit is on its way shares the next one, and so does who asks right
 * after that commit: lanes of quick handlers would take turns otherwise, with a commit for each.
 */
export class Committer {
  private running: Promise<void> | undefined;
  private next: Promise<void> | undefined;

  constructor(
    private readonly partitions: Partitions,
    private readonly owner: string,
    private readonly write: (topics: Commit[]) => Promise<void>,
  ) {}

  /** Resolves when all that changed until now is committed. @throws what the write throws; then nothing is lost */
  commit(): Promise<void> {
    if (this.next) return this.next;
    if (!this.running) return this.run();
    this.next = this.running
      .catch(ignore)
      .then(() => turnOfTheEventLoop())
      .then(() => this.run());
    return this.next;
  }

  get isBehind(): boolean {
    return this.changed().length > 0;
  }

  private run(): Promise<void> {
    this.next = undefined;
    const run = this.writeChanged().finally(() => {
      if (this.running === run) this.running = undefined;
    });
    this.running = run;
    return run;
  }

  private async writeChanged(): Promise<void> {
    const changed = this.changed();
    if (changed.length === 0) return;
    const topics = this.commitsOf(changed);
    for (const partition of changed) partition.isDirty = false;
    try {
      await this.write(topics);
    } catch (error) {
      for (const partition of changed) partition.isDirty = true;
      throw error;
    }
  }

  private changed(): Partition[] {
    return [...this.partitions].filter(({ isReady, isDirty }) => isReady && isDirty);
  }

  private commitsOf(changed: Partition[]): Commit[] {
    const byTopic = new Map<string, Commit>();
    for (const { topic, id, tracker } of changed) {
      const offset = tracker.committable;
      const metadata = encodeNote(offset, { owner: this.owner, marks: tracker.marks() });
      const commit = byTopic.get(topic) ?? { topic, partitions: [] };
      commit.partitions.push({ partition: id, offset: String(offset), metadata });
      byTopic.set(topic, commit);
    }
    return [...byTopic.values()];
  }
}

const ignore = (): void => undefined;
