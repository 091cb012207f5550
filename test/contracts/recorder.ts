import type { Topic } from '#libs/domain';
import { type BatchHandler, type Delivery, done, type Outcome } from '#libs/events';

/** A handler that remembers what it was given. Without a behaviour of its own, everything is done. */
export class Recorder<T extends Topic> {
  readonly deliveries: Delivery<T>[] = [];
  readonly batchSizes: number[] = [];
  /** most batches that were handled at the same time */
  mostAtOnce = 0;
  /** deliveries whose outcome was `done` */
  handled = 0;
  private atOnce = 0;

  constructor(
    private readonly behaviour: (batch: Delivery<T>[]) => Outcome[] | Promise<Outcome[]> = (batch) =>
      batch.map(done),
  ) {}

  readonly handler: BatchHandler<T> = async (batch) => {
    this.deliveries.push(...batch);
    this.batchSizes.push(batch.length);
    this.atOnce += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.atOnce);
    try {
      // the others get their turn, so that batches handled at the same time are seen as such
      await new Promise((resolve) => setImmediate(resolve));
      const outcomes = await this.behaviour(batch);
      this.handled += outcomes.filter(({ kind }) => kind === 'done').length;
      return outcomes;
    } finally {
      this.atOnce -= 1;
    }
  };

  ids(): string[] {
    return this.deliveries.map(({ event }) => event.id).sort();
  }

  attemptsOf(id: string): number[] {
    return this.deliveries.filter(({ event }) => event.id === id).map(({ attempt }) => attempt);
  }
}

/** A promise that somebody else resolves. */
export const gate = (): { opened: Promise<void>; open: () => void } => {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
};
