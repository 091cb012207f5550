import type { CommitNote } from './marks.js';
import { OffsetTracker } from './offset-tracker.js';

/** One partition for as long as this subscription, and nobody else, takes from it. */
export class Partition {
  /** somebody else has it: nothing of it may be committed, and what becomes of its messages is not our business */
  isLost = false;
  /** its committed offset and marks were read since the group was last formed */
  isReady = false;
  /** something changed since the last commit */
  isDirty = false;
  /** a handler was given something of it, so there is a commit of ours */
  hasBegun = false;
  tracker = new OffsetTracker(0);

  constructor(
    readonly topic: string,
    readonly id: number,
  ) {}

  /** See OffsetTracker. */
  admit(offset: number): { tries: number } | undefined {
    if (this.tracker.knows(offset)) return undefined;
    const admitted = this.tracker.admit(offset);
    this.isDirty ||= !admitted;
    return admitted;
  }

  begin(offset: number): number {
    this.isDirty = true;
    this.hasBegun = true;
    return this.tracker.begin(offset);
  }

  handBack(offset: number): void {
    this.isDirty = true;
    this.tracker.handBack(offset);
  }

  finish(offset: number): void {
    this.isDirty = true;
    this.tracker.finish(offset);
  }

  skipTo(offset: number): void {
    if (this.tracker.knows(offset - 1)) return;
    this.isDirty = true;
    this.tracker.skipTo(offset);
  }
}

/** What was committed for one partition. */
export interface Committed {
  topic: string;
  partition: number;
  /** -1 when nothing was */
  offset: number;
  note: CommitNote | undefined;
}

/** The partitions that the group gave to this subscription. */
export class Partitions {
  private readonly held = new Map<string, Partition>();

  constructor(private readonly owner: string) {}

  find(topic: string, id: number): Partition | undefined {
    return this.held.get(key(topic, id));
  }

  [Symbol.iterator](): Iterator<Partition> {
    return this.held.values();
  }

  /** The group was formed anew. What stays has to be learnt again: it may have been somebody else's for a while. */
  assign(given: Record<string, number[]>): void {
    const wanted = new Set(Object.entries(given).flatMap(([topic, ids]) => ids.map((id) => key(topic, id))));
    for (const [name, partition] of this.held)
      if (wanted.has(name)) partition.isReady = false;
      else this.lose(partition);
    for (const [topic, ids] of Object.entries(given))
      for (const id of ids)
        if (!this.held.has(key(topic, id))) this.held.set(key(topic, id), new Partition(topic, id));
  }

  /**
   * Messages that are in work here are kept if the last commit is ours: whoever else had the partition in between would
   * have committed before beginning anything.
   */
  learn({ topic, partition: id, offset, note }: Committed): void {
    const known = this.find(topic, id);
    if (!known || known.isReady) return;
    if (note?.owner === this.owner && known.hasBegun) {
      known.isReady = true;
      return;
    }
    this.lose(known);
    const fresh = new Partition(topic, id);
    fresh.tracker = new OffsetTracker(Math.max(0, offset), note?.marks);
    fresh.isReady = true;
    this.held.set(key(topic, id), fresh);
  }

  /** topic → ids of those for which `test` holds */
  ids(test: (partition: Partition) => boolean = () => true): Record<string, number[]> {
    const byTopic: Record<string, number[]> = {};
    for (const partition of this.held.values())
      if (test(partition)) (byTopic[partition.topic] ??= []).push(partition.id);
    return byTopic;
  }

  private lose(partition: Partition): void {
    partition.isLost = true;
    this.held.delete(key(partition.topic, partition.id));
  }
}

const key = (topic: string, id: number): string => `${topic}/${id}`;
