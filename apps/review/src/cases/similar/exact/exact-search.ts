import { Worker } from 'node:worker_threads';
import {
  type ComparedEmbedding,
  type DataSource,
  type EmbeddingWatermark,
  readLatestEmbeddings,
  readNewEmbeddings,
  type StoredEmbedding,
} from '#libs/database';
import { threadEntry } from '#libs/platform';
import type { PackedRows, Request, Response, StoreOptions } from './messages.js';
import { groupOf, halvesOf, packed } from './packed-rows.js';
import type { Answer } from './vector-store.js';

/** A search waits for so long, in milliseconds, for what is still being loaded; then it is among what there is. */
const patienceMs = 2_000;

interface Asked {
  resolve: (response: Response) => void;
  reject: (error: Error) => void;
}

/**
 * The nearest of the embeddings that fit into memory, by comparing all of them in a thread. The first search starts the
 * thread and the load, so that whoever never searches pays nothing; each one looks for what came since.
 */
export class ExactSearch {
  private thread: Worker | undefined;
  private asked: Asked[] = [];
  private mark: EmbeddingWatermark | undefined;
  private refreshing: Promise<void> | undefined;
  private closed = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly options: StoreOptions,
  ) {}

  /** Searches and rows that the thread has not answered yet. */
  get waiting(): number {
    return this.asked.length;
  }

  /** @throws Error when the thread dies meanwhile, or the database fails: the next search starts anew */
  async nearest(
    of: ComparedEmbedding,
    { limit, leaveOut }: { limit: number; leaveOut: string[] },
  ): Promise<Answer> {
    await this.refreshed();
    const halves = halvesOf(of.vector);
    const search: Request = { kind: 'search', group: groupOf(of), halves, leaveOut, limit };
    return (await this.ask(search)) as Answer;
  }

  async close(): Promise<void> {
    this.closed = true;
    await this.refreshing?.catch(() => undefined);
    await this.thread?.terminate();
  }

  private async refreshed(): Promise<void> {
    this.refreshing ??= this.refresh().finally(() => (this.refreshing = undefined));
    // Whoever does not wait for its end must not be ended by its failure: the next search meets it again.
    this.refreshing.catch(() => undefined);
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)));
    await Promise.race([this.refreshing, patience]).finally(() => clearTimeout(timer));
  }

  private async refresh(): Promise<void> {
    // One page is read while the one before is taken in; the answer to the last tells whether more is wanted.
    let wantsMore = true;
    let taken: Promise<unknown> = Promise.resolve();
    const hand = (kind: 'load' | 'add') => (rows: StoredEmbedding[]) => {
      const handed = this.hand(kind, packed(rows)).then((more) => void (wantsMore = more));
      taken = Promise.all([taken, handed]);
      taken.catch(() => (wantsMore = false));
      return wantsMore && !this.closed;
    };
    const mark =
      this.mark === undefined
        ? await readLatestEmbeddings(this.dataSource, hand('load'))
        : await readNewEmbeddings(this.dataSource, this.mark, hand('add'));
    await taken;
    this.mark = mark;
  }

  private async hand(kind: 'load' | 'add', rows: PackedRows): Promise<boolean> {
    return (await this.ask({ kind, rows }, [rows.halves.buffer as ArrayBuffer])) as boolean;
  }

  private ask(request: Request, handedOver: ArrayBuffer[] = []): Promise<Response> {
    if (this.closed) return Promise.reject(new Error('the search is closed'));
    const thread = (this.thread ??= this.start());
    return new Promise((resolve, reject) => {
      this.asked.push({ resolve, reject });
      thread.postMessage(request, handedOver);
    });
  }

  private start(): Worker {
    const thread = new Worker(threadEntry(import.meta.url, './exact-search.thread.js'), {
      workerData: this.options,
    });
    thread.on('message', (response: Response) => this.asked.shift()?.resolve(response));
    thread.on('error', (error) => this.lost(thread, error));
    thread.on('exit', () => this.lost(thread, new Error('the thread of the search ended')));
    thread.unref();
    return thread;
  }

  /** What it knew is gone: the next search loads anew. */
  private lost(thread: Worker, error: Error): void {
    if (this.thread !== thread) return;
    const { asked } = this;
    [this.thread, this.mark, this.asked] = [undefined, undefined, []];
    for (const { reject } of asked) reject(error);
  }
}
