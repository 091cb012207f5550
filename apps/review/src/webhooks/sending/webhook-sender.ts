import type { DeliveryError } from '#libs/domain';
import { type Dispatcher, request } from 'undici';
import { attemptErrorOf, errorOfStatus } from './attempt-error.js';
import { Connections } from './connections.js';
import { signatureHeader } from './signature.js';
import { misfitOf, resolveTarget, type TargetRule } from './target.js';

/** Bytes of an answer that are kept for the log, and that are read before the connection is cut. */
const keptBytes = 1024;
const readBytes = 16 * 1024;

export interface Sending {
  url: string;
  deliveryId: string;
  /** JSON, the same at every attempt */
  body: string;
  /** in force now, the current one first */
  secrets: string[];
}

/** What came of an attempt. */
export interface Attempt {
  /** null: delivered */
  error: DeliveryError | null;
  /** HTTP status; null where none came */
  status: number | null;
  /** the beginning of the answer's body */
  response: string | null;
  durationMs: number;
}

export interface SenderSettings extends TargetRule {
  connectTimeoutMs: number;
  /** of a whole attempt */
  timeoutMs: number;
  /** deliveries at once to one endpoint */
  concurrency: number;
}

/** Sends deliveries: signed, only to where webhooks may go, and each within its time. */
export class WebhookSender {
  private readonly connections: Connections;

  constructor(private readonly settings: SenderSettings) {
    this.connections = new Connections(settings);
  }

  /** Rejects only with what `signal` is aborted with: all else that may happen is an outcome. */
  async send(sending: Sending, signal: AbortSignal): Promise<Attempt> {
    const startedAt = performance.now();
    const ended = AbortSignal.any([signal, AbortSignal.timeout(this.settings.timeoutMs)]);
    const outcome = await this.attempt(sending, ended).catch((error: unknown) => {
      signal.throwIfAborted();
      return failed(attemptErrorOf(error));
    });
    return { ...outcome, durationMs: Math.round(performance.now() - startedAt) };
  }

  close(): Promise<void> {
    return this.connections.close();
  }

  private async attempt(sending: Sending, signal: AbortSignal): Promise<Outcome> {
    const url = new URL(sending.url);
    // The list of allowed hosts may have changed since the endpoint was made.
    if (misfitOf(this.settings, url) !== undefined) return failed('address_refused');
    const target = await untilAborted(signal, resolveTarget(this.settings, url));
    if (!target.ok) return failed(target.code);
    const { statusCode, body } = await request(url, {
      method: 'POST',
      dispatcher: this.connections.to(url, target.value),
      headers: {
        'content-type': 'application/json',
        'user-agent': 'Sluice-Webhook/1',
        'sluice-delivery': sending.deliveryId,
        'sluice-signature': signatureHeader(sending.secrets, sending.body, new Date()),
      },
      body: sending.body,
      signal,
    });
    return {
      error: errorOfStatus(statusCode) ?? null,
      status: statusCode,
      response: await beginningOf(body),
    };
  }
}

type Outcome = Omit<Attempt, 'durationMs'>;

const failed = (error: DeliveryError): Outcome => ({ error, status: null, response: null });

/** A resolver cannot be told to stop: its answer is no longer waited for. */
const untilAborted = <Value>(signal: AbortSignal, work: Promise<Value>): Promise<Value> =>
  new Promise((resolve, reject) => {
    const giveUp = (): void => reject(signal.reason as Error);
    if (signal.aborted) giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  });

/**
 * Reads a little, so that the connection can serve the next delivery, and cuts off what is longer. The status has been
 * heard: a body that breaks off changes nothing.
 */
const beginningOf = async (body: Dispatcher.ResponseData['body']): Promise<string> => {
  const chunks: Buffer[] = [];
  let read = 0;
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      if (read < keptBytes) chunks.push(chunk);
      read += chunk.length;
      if (read >= readBytes) break;
    }
  } catch {
    // what came is what there is
  }
  // Postgres stores no NUL in text.
  return Buffer.concat(chunks).subarray(0, keptBytes).toString('utf8').replaceAll('\0', '\uFFFD');
};
