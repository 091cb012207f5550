import { ok, type Pixels } from '#libs/domain';
import type { BatchResult, BatchRunner } from './batch-runner.js';
import { type AnyResult, failed, type InferenceOptions } from './contract.js';
import { RequestQueue, type InferenceRequest } from './request-queue.js';

export type DispatchRules = Pick<
  InferenceOptions,
  'maxBatch' | 'maxDelayMs' | 'queueLimit' | 'mostRuns' | 'onBatch'
>;

/**
 * Brings waiting pictures and free runners together: one queue per pack, the queue whose head has waited longest goes
 * first, one batch per runner at a time. A pack that runs as often as it may stands aside, whatever waits for it, and
 * the others go on. Runners and packs come and go while requests wait.
 */
export class Dispatcher {
  readonly #queues = new Map<string, RequestQueue>();
  readonly #idle: BatchRunner[] = [];
  /** runner → what to call when its batch has ended */
  readonly #busy = new Map<BatchRunner, () => void>();
  readonly #dismissed = new WeakSet<BatchRunner>();
  /** runner → the packs that it has */
  readonly #packsOf = new WeakMap<BatchRunner, ReadonlySet<string>>();
  /** pack → how many runners are at it */
  readonly #runs = new Map<string, number>();
  /** packs that were taken out; what is to be called once nothing waits for one of them */
  readonly #expelled = new Map<string, () => void>();
  #unanswered = 0;
  #closing = false;
  #drained: (() => void) | undefined;
  #wakeUp: NodeJS.Timeout | undefined;

  constructor(private readonly rules: DispatchRules) {}

  queued(pack: string): number {
    return this.#queues.get(pack)?.length ?? 0;
  }

  /** From now on the pack is asked; some runner must have it. */
  admit(pack: string, over: Partial<Pick<DispatchRules, 'maxBatch' | 'maxDelayMs'>> = {}): void {
    this.#expelled.delete(pack);
    this.#queues.set(pack, new RequestQueue({ ...this.rules, ...over }));
  }

  /** Takes nothing more for a pack; resolves when all that was accepted for it has run, or was abandoned. */
  expel(pack: string): Promise<void> {
    return new Promise((resolve) => {
      this.#expelled.set(pack, resolve);
      this.#forget(pack);
    });
  }

  /** @throws Error for a pack that was never admitted */
  submit(pack: string, view: Pixels, deadlineMs: number | undefined): Promise<AnyResult> {
    if (this.#closing) return Promise.resolve(failed('closed', 'inference is shutting down'));
    if (this.#expelled.has(pack))
      return Promise.resolve(failed('closed', `${pack} was taken out of this pool`));
    const queue = this.#queues.get(pack);
    if (!queue) throw new Error(`no such pack in this pool: ${pack}`);
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      let settled = false;
      const queuedAt = performance.now();
      const request: InferenceRequest = {
        view,
        queuedAt,
        expiresAt: queuedAt + (deadlineMs ?? Infinity),
        settle: (result) => {
          if (settled) return;
          settled = true;
          clearTimeout(timer);
          this.#answered();
          resolve(result);
        },
      };
      if (!queue.push(request)) {
        resolve(failed('overloaded', `${queue.length} pictures are waiting for ${pack} already`));
        return;
      }
      this.#unanswered += 1;
      if (deadlineMs !== undefined) {
        timer = setTimeout(() => {
          queue.remove(request);
          request.settle(failed('deadline_exceeded', `no answer from ${pack} within ${deadlineMs} ms`));
          this.#forget(pack);
        }, deadlineMs);
      }
      this.#dispatch();
    });
  }

  /** From now on the runner is given batches. @param packs that it has; all, when left out */
  enlist(runner: BatchRunner, packs?: ReadonlySet<string>): void {
    if (packs) this.#packsOf.set(runner, packs);
    this.#idle.push(runner);
    this.#dispatch();
  }

  /** The runner is given no more batches; resolves when the one it has, if any, is answered. */
  dismiss(runner: BatchRunner): Promise<void> {
    this.#dismissed.add(runner);
    const place = this.#idle.indexOf(runner);
    if (place >= 0) this.#idle.splice(place, 1);
    const earlier = this.#busy.get(runner);
    if (!earlier) return Promise.resolve();
    return new Promise((resolve) => {
      this.#busy.set(runner, () => {
        earlier();
        resolve();
      });
    });
  }

  /** Takes nothing more; resolves when all that was accepted is answered. */
  drain(): Promise<void> {
    this.#closing = true;
    clearTimeout(this.#wakeUp);
    this.#dispatch();
    if (this.#unanswered === 0) return Promise.resolve();
    return new Promise((resolve) => {
      this.#drained = resolve;
    });
  }

  /** Answers what still waits, for one pack or for any, with `closed`. */
  abandon(detail: string, packs: readonly string[] = [...this.#queues.keys()]): void {
    for (const pack of packs) {
      for (const request of this.#queues.get(pack)?.takeAll() ?? []) request.settle(failed('closed', detail));
      this.#forget(pack);
    }
  }

  #answered(): void {
    this.#unanswered -= 1;
    if (this.#unanswered === 0) this.#drained?.();
  }

  /** A pack that was taken out is gone when nothing waits for it and nobody is at it. */
  #forget(pack: string): void {
    const gone = this.#expelled.get(pack);
    if (!gone || this.queued(pack) > 0 || this.#runsOf(pack) > 0) return;
    this.#queues.delete(pack);
    this.#runs.delete(pack);
    gone();
  }

  #dispatch(): void {
    while (this.#idle.length > 0) {
      const next = this.#oldest();
      if (!next) return;
      const wait = next.readyAt - performance.now();
      if (wait > 0 && !this.#closing) {
        this.#wakeAfter(wait);
        return;
      }
      void this.#run(this.#takeRunner(next.pack), next.pack, next.queue.takeBatch());
    }
  }

  /** Of those packs that an idle runner has. */
  #oldest(): { pack: string; queue: RequestQueue; readyAt: number } | undefined {
    let oldest: { pack: string; queue: RequestQueue; readyAt: number } | undefined;
    for (const [pack, queue] of this.#queues) {
      if (this.#runsOf(pack) >= (this.rules.mostRuns?.[pack] ?? Infinity)) continue;
      const readyAt = queue.readyAt();
      if (readyAt >= (oldest?.readyAt ?? Infinity)) continue;
      if (this.#idle.some((runner) => this.#has(runner, pack))) oldest = { pack, queue, readyAt };
    }
    return oldest;
  }

  #takeRunner(pack: string): BatchRunner {
    const place = this.#idle.findLastIndex((runner) => this.#has(runner, pack));
    return this.#idle.splice(place, 1)[0]!;
  }

  #has(runner: BatchRunner, pack: string): boolean {
    return this.#packsOf.get(runner)?.has(pack) ?? true;
  }

  #runsOf(pack: string): number {
    return this.#runs.get(pack) ?? 0;
  }

  #wakeAfter(ms: number): void {
    clearTimeout(this.#wakeUp);
    // timers are whole milliseconds: rounding down would wake up too early, again and again
    this.#wakeUp = setTimeout(() => this.#dispatch(), Math.ceil(ms));
  }

  async #run(runner: BatchRunner, pack: string, requests: InferenceRequest[]): Promise<void> {
    const started = performance.now();
    this.#busy.set(runner, () => undefined);
    this.#runs.set(pack, this.#runsOf(pack) + 1);
    const expiresAt = Math.min(...requests.map((request) => request.expiresAt));
    const result = await runner.run(
      pack,
      requests.map((request) => request.view),
      Number.isFinite(expiresAt) ? expiresAt - started : undefined,
    );
    this.#settle(pack, requests, started, result);
    const ended = this.#busy.get(runner);
    this.#busy.delete(runner);
    this.#runs.set(pack, this.#runsOf(pack) - 1);
    ended?.();
    this.#forget(pack);
    if (!this.#dismissed.has(runner)) this.#idle.push(runner);
    // also when this runner has gone: its pack may run again, on another that stood idle
    this.#dispatch();
  }

  #settle(pack: string, requests: InferenceRequest[], started: number, result: BatchResult): void {
    if (!result.ok) {
      for (const request of requests) request.settle(failed('inference_failed', result.detail));
      return;
    }
    const { version, resizeMs, runMs } = result;
    requests.forEach((request, i) => {
      const outcome = result.outputs[i]!;
      const timings = { queueMs: started - request.queuedAt, resizeMs, runMs };
      request.settle(outcome.ok ? ok({ version, ...outcome.value, timings }) : outcome);
    });
    const queueMs = started - requests[0]!.queuedAt;
    this.rules.onBatch?.({ pack, version, size: requests.length, queueMs, resizeMs, runMs });
  }
}
