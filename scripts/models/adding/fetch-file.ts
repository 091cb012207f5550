import { createHash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { once } from 'node:events';
import { EnvHttpProxyAgent, fetch, type Response } from 'undici';
import { AddError } from './add-error.js';
import { bytesInAMegabyte } from './limits.js';

const mostRedirects = 5;
const answerLimitMs = 30_000;
/** A large model over a slow line. */
const wholeLimitMs = 3_600_000;

const isLoopback = ({ hostname }: URL): boolean => ['127.0.0.1', 'localhost', '[::1]'].includes(hostname);

/** @throws AddError unless nobody on the way can change what comes */
export const safeUrl = (text: string, base?: URL): URL => {
  const url = URL.canParse(text, base?.href) ? new URL(text, base) : undefined;
  if (url === undefined) throw new AddError(`${text} is no URL`);
  if (url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))) return url;
  throw new AddError(
    `${url.href}: only https is fetched, which says who answers and keeps what comes from being changed`,
  );
};

/**
 * Fetches a file. Each redirect is held to the same rules as the URL itself.
 *
 * @returns what came, as hex sha256
 * @throws AddError naming the URL
 */
export const fetchFile = async (url: URL, path: string, mostBytes: number): Promise<string> => {
  const refuse = (reason: string): never => {
    throw new AddError(`${url.href} ${reason}`);
  };
  const limit = AbortSignal.timeout(wholeLimitMs);
  try {
    const response = await answerOf(url, limit, refuse);
    const said = Number(response.headers.get('content-length') ?? 0);
    const tooLarge = (): never =>
      refuse(
        `is larger than ${mostBytes / bytesInAMegabyte} MB: --most-megabytes allows more, if that is meant`,
      );
    if (said > mostBytes) tooLarge();
    const hash = createHash('sha256');
    const file = createWriteStream(path, { flags: 'wx' });
    let bytes = 0;
    for await (const chunk of response.body!) {
      bytes += (chunk as Uint8Array).length;
      if (bytes > mostBytes) tooLarge();
      hash.update(chunk as Uint8Array);
      if (!file.write(chunk)) await once(file, 'drain');
    }
    file.end();
    await once(file, 'close');
    if (said > 0 && bytes !== said && response.headers.get('content-encoding') === null)
      refuse(`broke off: ${bytes} of ${said} bytes came`);
    return hash.digest('hex');
  } catch (error) {
    if (error instanceof AddError) throw error;
    const { message, cause } = error as Error;
    return refuse(`could not be fetched: ${cause instanceof Error ? cause.message : message}`);
  }
};

const answerOf = async (
  url: URL,
  signal: AbortSignal,
  refuse: (reason: string) => never,
): Promise<Response> => {
  let at = url;
  for (let redirects = 0; redirects <= mostRedirects; redirects += 1) {
    // a proxy of the operator's (HTTPS_PROXY) is for what is far away
    const dispatcher = isLoopback(at)
      ? undefined
      : new EnvHttpProxyAgent({ headersTimeout: answerLimitMs, bodyTimeout: answerLimitMs });
    const response = await fetch(at, { redirect: 'manual', signal, ...(dispatcher && { dispatcher }) });
    const location = response.headers.get('location');
    if (response.status >= 300 && response.status < 400 && location !== null) {
      await response.body?.cancel();
      at = safeUrl(location, at);
      continue;
    }
    if (!response.ok || response.body === null) refuse(`answered ${response.status}`);
    return response;
  }
  return refuse(`redirects more than ${mostRedirects} times`);
};
