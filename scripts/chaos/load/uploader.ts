import { createHash } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Verdict } from '#libs/domain';
import type { Attempt, Journal } from './journal.js';
import { drawUpload } from './picture.js';
import type { PlannedUpload } from './plan.js';

/** Longer than any latency that the suite makes; who waits longer for an answer takes it for lost. */
const answerLimitMs = 20_000;
const firstPauseMs = 100;
const longestPauseMs = 2_000;

export interface Target {
  name: string;
  url: string;
}

/** What a caller may do something about by trying again. */
const mayPass = new Set([408, 429, 500, 502, 503, 504]);

/** An upload service with two gateways: takes them in turn, tries again what may pass, and writes down every word. */
export class Uploader {
  private readonly pools: { name: string; pool: Pool }[];
  private turn = 0;
  /** what a balancer before the gateways would send nothing to now */
  private readonly resting = new Set<string>();

  constructor(
    targets: Target[],
    private readonly apiKey: string,
    private readonly seed: number,
    private readonly journal: Journal,
    connections: number,
  ) {
    this.pools = targets.map(({ name, url }) => ({
      name,
      pool: new Pool(url, {
        connections,
        headersTimeout: answerLimitMs,
        bodyTimeout: answerLimitMs,
        connect: { timeout: answerLimitMs },
      }),
    }));
  }

  /** From now on nothing is sent to this gateway, as when an orchestrator takes it out before it ends it. */
  rest(gateway: string): void {
    this.resting.add(gateway);
  }

  resume(gateway: string): void {
    this.resting.delete(gateway);
  }

  close(): Promise<unknown> {
    return Promise.all(this.pools.map(({ pool }) => pool.destroy()));
  }

  /** Until there is an answer, the caller's patience ends, or `signal` aborts. @returns whether it was answered */
  async upload(planned: PlannedUpload, signal: AbortSignal): Promise<boolean> {
    const bytes = await drawUpload(this.seed, planned);
    this.journal.write({ kind: 'begun', ...planned, sha256: sha256Of(bytes) });
    return this.send(planned, bytes, planned.attempts, signal);
  }

  /** The same request again, by a caller who comes back. */
  async repeat(planned: PlannedUpload, attempts: number, signal: AbortSignal): Promise<boolean> {
    return this.send(planned, await drawUpload(this.seed, planned), attempts, signal);
  }

  private async send(
    planned: PlannedUpload,
    bytes: Buffer,
    attempts: number,
    signal: AbortSignal,
  ): Promise<boolean> {
    for (let tried = 0, pauseMs = firstPauseMs; tried < attempts && !signal.aborted; tried++) {
      const attempt = await this.attempt(planned, bytes);
      this.journal.write(attempt);
      if (attempt.answer) return true;
      if (attempt.status !== null && !mayPass.has(attempt.status)) return false;
      // A refused connection costs nothing, and the other gateway is asked at once.
      if (attempt.code === 'ECONNREFUSED' && tried % 2 === 0) continue;
      await delay(pauseMs * (0.5 + Math.random()), undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(longestPauseMs, pauseMs * 2);
    }
    this.journal.write({ kind: 'given-up', upload: planned.number, at: Date.now() });
    return false;
  }

  private nextPool(): { name: string; pool: Pool } {
    const first = this.pools[this.turn++ % this.pools.length]!;
    if (!this.resting.has(first.name)) return first;
    return this.pools.find(({ name }) => !this.resting.has(name)) ?? first;
  }

  private async attempt(planned: PlannedUpload, body: Buffer): Promise<Attempt> {
    const { name, pool } = this.nextPool();
    const sentAt = Date.now();
    const begun = { kind: 'attempt' as const, upload: planned.number, gateway: name, sentAt };
    try {
      const { statusCode, body: answer } = await pool.request({
        path: pathOf(planned),
        method: 'POST',
        headers: {
          authorization: `Bearer ${this.apiKey}`,
          'content-type': 'image/jpeg',
          'idempotency-key': planned.idempotencyKey,
        },
        body,
      });
      const said = (await answer.json()) as Said;
      const answered = statusCode === 200 || statusCode === 202;
      return {
        ...begun,
        endedAt: Date.now(),
        status: statusCode,
        code: answered ? null : (said.code ?? 'no code'),
        answer: answered ? { id: said.id, verdict: said.verdict ?? null, final: said.final } : null,
      };
    } catch (error) {
      return { ...begun, endedAt: Date.now(), status: null, code: codeOf(error), answer: null };
    }
  }
}

/** What is read of an answer, or of a problem document. */
interface Said {
  id: string;
  verdict?: Verdict;
  final: boolean;
  code?: string;
}

const pathOf = ({ surface, reference, mode }: PlannedUpload): string =>
  `/v1/moderate?${new URLSearchParams({ surface, reference, mode }).toString()}`;

const codeOf = (error: unknown): string =>
  error instanceof Error ? ('code' in error ? String(error.code) : error.name) : 'unknown';

const sha256Of = (bytes: Buffer): string => createHash('sha256').update(bytes).digest('hex');
