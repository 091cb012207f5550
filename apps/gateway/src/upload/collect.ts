import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { Problem } from '#libs/platform';
import { BodyBuffer } from './body-buffer.js';
import type { ByteBudget } from './byte-budget.js';

/** All bytes of an upload, and their digest made on the way. */
export interface Upload {
  bytes: Buffer;
  /** 64 lower-case hex digits */
  sha256: string;
}

export interface CollectLimits {
  maxBytes: number;
  timeoutMs: number;
  /** what the bytes are charged to; the caller gives them back when it is done with the upload */
  budget: ByteBudget;
}

/**
 * Reads a stream to its end, and stops at once (without reading on) when it is too long, too slow, or there is no
 * memory left for it. Whoever owns the connection decides what happens with the unread rest.
 *
 * @param announced the Content-Length, where there is one
 * @throws Problem `payload_too_large`, `request_timeout`, `overloaded`, or `invalid_request` when the stream breaks off
 */
export const collect = (
  source: Readable,
  { maxBytes, timeoutMs, budget }: CollectLimits,
  announced?: number,
): Promise<Upload> =>
  new Promise((resolve, reject) => {
    const hash = createHash('sha256');
    const body = new BodyBuffer(announced);

    const settle = (): void => {
      clearTimeout(timer);
      source.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      // A late error of an abandoned stream must not end the process.
      source.on('error', ignore);
    };
    const refuse = (problem: Problem): void => {
      settle();
      source.pause();
      budget.give(body.length);
      reject(problem);
    };
    const onData = (chunk: Buffer): void => {
      if (body.length + chunk.length > maxBytes) return refuse(tooLarge(maxBytes));
      if (!budget.take(chunk.length)) return refuse(outOfMemory());
      hash.update(chunk);
      body.append(chunk);
    };
    const onEnd = (): void => {
      settle();
      resolve({ bytes: body.finish(), sha256: hash.digest('hex') });
    };
    const onBroken = (): void => refuse(brokenOff());
    const timer = setTimeout(() => refuse(tooSlow(timeoutMs)), timeoutMs);
    source.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });

const ignore = (): void => {};

export const tooLarge = (maxBytes: number): Problem =>
  new Problem('payload_too_large', `The image is larger than ${maxBytes} bytes, the limit here.`);

const tooSlow = (timeoutMs: number): Problem =>
  new Problem('request_timeout', `The body did not arrive within ${timeoutMs / 1000} s; send it again.`);

export const outOfMemory = (): Problem =>
  new Problem(
    'overloaded',
    'Too many bytes of other uploads are in memory; nothing was decided, try again.',
    {
      retryAfterSeconds: 1,
    },
  );

export const brokenOff = (): Problem =>
  new Problem('invalid_request', 'The body ended before it was complete; nothing was decided.');
