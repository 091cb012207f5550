import type { Mark } from './marks.js';

interface Open {
  /** begun so far, by whomever */
  tries: number;
  isWorking: boolean;
}

/**
 * Which messages of one partition are open, and so what may be committed: the oldest open one. Messages begin and finish
 * in any order. Offsets that never come (transaction markers, compacted messages) count as done.
 */
export class OffsetTracker {
  /** in the order of their offsets: they are admitted in that order */
  private readonly open = new Map<number, Open>();
  /** every offset before it is open or done */
  private position: number;
  /** of those who had the partition before, about offsets that have not come yet */
  private inherited: Mark[];

  constructor(committed: number, marks: Mark[] = []) {
    this.position = committed;
    this.inherited = marks;
  }

  /** A fetched message. Undefined when there is nothing to do for it: it is open already, or done. */
  admit(offset: number): { tries: number } | undefined {
    if (offset < this.position) return undefined;
    const known = this.inherit(offset);
    this.position = offset + 1;
    if (known?.state === 'done') return undefined;
    const tries = known?.tries ?? 0;
    this.open.set(offset, { tries, isWorking: false });
    return { tries };
  }

  /** Open, or done. */
  knows(offset: number): boolean {
    return offset < this.position;
  }

  /** Nothing (more) comes before this offset. */
  skipTo(offset: number): void {
    if (offset <= this.position) return;
    this.position = offset;
    this.inherited = this.inherited.filter(({ to }) => to >= offset);
  }

  /** Returns which try of it this is, 1 for the first. */
  begin(offset: number): number {
    const message = this.mustBeOpen(offset);
    message.isWorking = true;
    message.tries += 1;
    return message.tries;
  }

  /** Undoes `begin`: the try does not count. */
  handBack(offset: number): void {
    const message = this.mustBeOpen(offset);
    message.isWorking = false;
    message.tries -= 1;
  }

  finish(offset: number): void {
    this.mustBeOpen(offset);
    this.open.delete(offset);
  }

  /** All before it is done. */
  get committable(): number {
    for (const oldest of this.open.keys()) return oldest;
    return this.position;
  }

  /** Whether something is in a handler's hands. */
  get isWorking(): boolean {
    for (const { isWorking } of this.open.values()) if (isWorking) return true;
    return false;
  }

  /** What a successor has to know about the offsets from `committable` on; ascending. */
  marks(): Mark[] {
    const marks: Mark[] = [];
    const add = (mark: Mark): void => {
      const last = marks.at(-1);
      if (last && last.to + 1 === mark.from && last.state === mark.state && last.tries === mark.tries)
        last.to = mark.to;
      else marks.push({ ...mark });
    };
    const done = (from: number, to: number): void => {
      if (from <= to) add({ from, to, state: 'done', tries: 0 });
    };
    let next = this.committable;
    for (const [offset, { tries, isWorking }] of this.open) {
      done(next, offset - 1);
      if (tries > 0) add({ from: offset, to: offset, state: isWorking ? 'working' : 'suspect', tries });
      next = offset + 1;
    }
    done(next, this.position - 1);
    for (const mark of this.inherited) add(mark.state === 'working' ? { ...mark, state: 'suspect' } : mark);
    return marks;
  }

  /** What was said about this offset; what was said about those before it is of no use any more. */
  private inherit(offset: number): Mark | undefined {
    if (this.inherited.length === 0) return undefined;
    const left = this.inherited.filter(({ to }) => to >= offset);
    const [first] = left;
    const found = first && first.from <= offset ? first : undefined;
    this.inherited = left.flatMap((mark) => {
      if (mark.from > offset) return [mark];
      return mark.to > offset ? [{ ...mark, from: offset + 1 }] : [];
    });
    return found;
  }

  private mustBeOpen(offset: number): Open {
    const message = this.open.get(offset);
    if (!message) throw new Error(`offset ${offset} is not open`);
    return message;
  }
}
