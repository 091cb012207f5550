import type { DetectorFailure, Pixels, Result } from '#libs/domain';
import { ok } from '#libs/domain';
import { threadEntry } from '#libs/platform';
import { Piscina } from 'piscina';
import type { ReadAnswer, ReadCode, ReadRequest } from './protocol.js';

export interface CodeReaderOptions {
  /** one reads 20 to 50 pictures of 3 MP a second */
  threads: number;
  /** most pictures waiting for a thread; one more is `overloaded` */
  queueLimit: number;
  /** longest that a thread may take for one view, in milliseconds; then it is ended, and replaced */
  hangLimitMs: number;
  /** another entry, for tests of threads that hang or die */
  entry?: URL;
}

/** Threads that read codes. One that dies or hangs costs its picture, and is replaced. */
export class CodeReaders {
  private readonly threads: Piscina<ReadRequest, ReadAnswer>;
  private closed = false;

  constructor(private readonly options: CodeReaderOptions) {
    const entry = options.entry ?? threadEntry(import.meta.url, './read-codes.thread.js');
    this.threads = new Piscina({
      filename: entry.href,
      minThreads: options.threads,
      maxThreads: options.threads,
      // a message wakes a thread; spinning on shared memory would burn CPU that the models need
      atomics: 'disabled',
      recordTiming: false,
    });
  }

  /** Takes over the memory of the views. */
  async read(views: Pixels[], deadlineMs: number): Promise<Result<ReadCode[], DetectorFailure>> {
    if (this.closed) return failed('closed', 'the detector was closed');
    if (this.threads.queueSize >= this.options.queueLimit)
      return failed('overloaded', `${this.options.queueLimit} pictures are waiting already`);
    const tooLate = `not read within ${Math.round(deadlineMs)} ms`;
    if (deadlineMs <= 0) return failed('deadline_exceeded', tooLate);
    const deadline = new Timer();
    try {
      const reading = this.readInThread(views, deadlineMs, tooLate);
      return await Promise.race([
        reading,
        deadline.after(deadlineMs, () => failed('deadline_exceeded', tooLate)),
      ]);
    } finally {
      deadline.stop();
    }
  }

  /** Lets what is under way finish, unless it hangs, then ends the threads. */
  async close(): Promise<void> {
    this.closed = true;
    await this.threads.close();
  }

  /**
   * A thread looks at no view after the deadline. One that still has not answered when the time for one view has passed
   * since then hangs.
   */
  private async readInThread(
    views: Pixels[],
    deadlineMs: number,
    tooLate: string,
  ): Promise<Result<ReadCode[], DetectorFailure>> {
    const hang = new AbortController();
    const limit = new Timer();
    void limit.after(deadlineMs + this.options.hangLimitMs, () => hang.abort());
    try {
      const codes = await this.run({ views, until: Date.now() + deadlineMs }, hang.signal);
      return codes === undefined ? failed('deadline_exceeded', tooLate) : ok(codes);
    } catch (error) {
      if (hang.signal.aborted) return failed('deadline_exceeded', tooLate);
      return failed(this.closed ? 'closed' : 'failed', (error as Error).message);
    } finally {
      limit.stop();
    }
  }

  /**
   * Moves the pixels' memory where that is possible. What belongs to Node's buffer pool or to somebody else's larger
   * array cannot be given away, and is copied.
   */
  private async run(request: ReadRequest, signal: AbortSignal): Promise<ReadAnswer> {
    const owned = new Set<ArrayBuffer>();
    for (const { data } of request.views)
      if (data.buffer instanceof ArrayBuffer && data.byteLength === data.buffer.byteLength)
        owned.add(data.buffer);
    try {
      return await this.threads.run(request, { signal, transferList: [...owned] });
    } catch (error) {
      if ((error as Error).name !== 'DataCloneError') throw error;
      return await this.threads.run(request, { signal });
    }
  }
}

const failed = (code: DetectorFailure['code'], detail: string): { ok: false } & DetectorFailure => ({
  ok: false,
  code,
  detail,
});

/** A timeout that resolves with what `then` gives, unless it is stopped. */
class Timer {
  private timeout: NodeJS.Timeout | undefined;

  after<Value>(milliseconds: number, then: () => Value): Promise<Value> {
    return new Promise((resolve) => {
      this.timeout = setTimeout(() => resolve(then()), Math.min(milliseconds, longestTimeoutMs));
    });
  }

  stop(): void {
    clearTimeout(this.timeout);
  }
}

/** of a timer: 2³¹ − 1 */
const longestTimeoutMs = 2_147_483_647;
