import { performance } from 'node:perf_hooks';
import { Pool } from 'undici';

/** What a run of requests came to. Latencies in milliseconds, of answers with status 200 only. */
export interface LoadResult {
  seconds: number;
  byStatus: Record<string, number>;
  latencies: number[];
  /** moments of those answers, in milliseconds since the run's start */
  moments: number[];
}

export interface Target {
  url: string;
  path: string;
  headers: Record<string, string>;
}

const emptyResult = (): LoadResult => ({ seconds: 0, byStatus: {}, latencies: [], moments: [] });

const send = async (pool: Pool, { path, headers }: Target, body: Buffer): Promise<string> => {
  try {
    const answer = await pool.request({ path, method: 'POST', headers, body });
    await answer.body.dump();
    return String(answer.statusCode);
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'error';
  }
};

const note = (result: LoadResult, status: string, since: number, start: number): void => {
  result.byStatus[status] = (result.byStatus[status] ?? 0) + 1;
  if (status !== '200') return;
  const now = performance.now();
  result.latencies.push(now - since);
  result.moments.push(now - start);
};

/** So many requests in flight at all times, for so long. */
export const closedLoop = async (
  target: Target,
  { inFlight, seconds, next }: { inFlight: number; seconds: number; next: () => Buffer },
): Promise<LoadResult> => {
  const pool = new Pool(target.url, { connections: inFlight });
  const result = emptyResult();
  const start = performance.now();
  const client = async (): Promise<void> => {
    while (performance.now() - start < seconds * 1000) {
      const since = performance.now();
      note(result, await send(pool, target, next()), since, start);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, client));
  result.seconds = (performance.now() - start) / 1000;
  await pool.close();
  return result;
};

/**
 * Requests at a fixed rate whatever the answers do, for so long. Latency counts from the moment a request was due,
 * so that a stalled server cannot hide its stall (coordinated omission).
 */
export const openLoop = async (
  target: Target,
  {
    perSecond,
    seconds,
    connections,
    next,
  }: { perSecond: number; seconds: number; connections: number; next: () => Buffer },
): Promise<LoadResult> => {
  const pool = new Pool(target.url, { connections });
  const result = emptyResult();
  const pending = new Set<Promise<void>>();
  const start = performance.now();
  const total = Math.floor(perSecond * seconds);
  for (let sent = 0; sent < total; sent++) {
    const due = start + (sent / perSecond) * 1000;
    const wait = due - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    else if (sent % 32 === 0) await new Promise((resolve) => setImmediate(resolve));
    const request = send(pool, target, next()).then((status) => note(result, status, due, start));
    pending.add(request);
    void request.finally(() => pending.delete(request));
  }
  await Promise.all(pending);
  result.seconds = (performance.now() - start) / 1000;
  await pool.close();
  return result;
};

/** Takes the pictures in turn. */
export const inTurn = (pictures: Buffer[], change: (picture: Buffer) => Buffer): (() => Buffer) => {
  let at = 0;
  return () => change(pictures[at++ % pictures.length]!);
};
