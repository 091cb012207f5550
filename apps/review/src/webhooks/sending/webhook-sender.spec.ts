import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Address } from './target.js';
import { type SenderSettings, WebhookSender } from './webhook-sender.js';

const loopback: Address = { address: '127.0.0.1', family: 4 };
const never = new AbortController().signal;

describe('a webhook', () => {
  let server: Server;
  let hits: number;
  let sockets: Set<unknown>;
  let react: (response: ServerResponse) => void;
  const senders: WebhookSender[] = [];

  beforeEach(async () => {
    hits = 0;
    sockets = new Set();
    react = (response) => response.writeHead(200).end('ok');
    server = createServer((request, response) => {
      hits++;
      sockets.add(request.socket);
      request.resume().once('end', () => react(response));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  });
  afterEach(async () => {
    await Promise.all(senders.splice(0).map((sender) => sender.close()));
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });

  const aSender = (settings: Partial<SenderSettings> = {}): WebhookSender => {
    const sender = new WebhookSender({
      allowedHosts: new Set(['hooks.internal']),
      resolve: () => Promise.resolve([loopback]),
      connectTimeoutMs: 1_000,
      timeoutMs: 2_000,
      concurrency: 4,
      ...settings,
    });
    senders.push(sender);
    return sender;
  };
  const port = () => (server.address() as AddressInfo).port;
  const send = (sender: WebhookSender, url: string, signal = never) =>
    sender.send({ url, deliveryId: 'a-delivery', body: '{}', secrets: ['whsec_a'] }, signal);
  const toAllowed = (sender: WebhookSender, signal = never) =>
    send(sender, `http://hooks.internal:${port()}/`, signal);

  it('reaches a private host that is allowed by name', async () => {
    expect(await toAllowed(aSender())).toMatchObject({ error: null, status: 200, response: 'ok' });
  });

  it('never reaches a private address under a name that is not allowed', async () => {
    const sender = aSender();
    for (const url of [
      `https://example.org:${port()}/`,
      `https://127.0.0.1:${port()}/`,
      `http://example.org:${port()}/`,
    ])
      expect(await send(sender, url)).toMatchObject({ error: 'address_refused', status: null });
    expect(hits).toBe(0);
  });

  it('is refused where only one of the name’s addresses is private', async () => {
    const sender = aSender({ resolve: () => Promise.resolve([{ address: '8.8.8.8', family: 4 }, loopback]) });
    expect(await send(sender, 'https://example.org/')).toMatchObject({ error: 'address_refused' });
  });

  it('connects to the addresses that were judged, however the name is resolved a moment later', async () => {
    // This machine's resolver knows no hooks.internal: only the judged address can lead to the server.
    let lookups = 0;
    const sender = aSender({ resolve: () => Promise.resolve(lookups++ === 0 ? [loopback] : []) });
    expect(await toAllowed(sender)).toMatchObject({ status: 200 });
    expect(lookups).toBe(1);
    expect(await toAllowed(sender)).toMatchObject({ error: 'name_not_resolved' });
  });

  it('asks anew at every delivery, also where a connection is still open', async () => {
    const answers: Address[][] = [[loopback], [{ address: '127.0.0.9', family: 4 }]];
    const sender = aSender({ resolve: () => Promise.resolve(answers.shift()!) });
    expect(await toAllowed(sender)).toMatchObject({ status: 200 });
    expect(await toAllowed(sender)).toMatchObject({ error: 'connection_failed', status: null });
    expect(hits).toBe(1);
  });

  it('takes connections again while the name leads to the same addresses', async () => {
    const sender = aSender();
    for (let count = 0; count < 12; count++) await toAllowed(sender);
    expect(hits).toBe(12);
    expect(sockets.size).toBeLessThanOrEqual(4);
  });

  it('takes an IPv6 literal of an allowed host with or without brackets', async () => {
    const sender = aSender({ allowedHosts: new Set(['::1']) });
    expect(await send(sender, `http://[::1]:${port()}/`)).toMatchObject({ error: 'connection_failed' });
  });

  it('does not follow a redirect', async () => {
    react = (response) => response.writeHead(307, { location: `http://hooks.internal:${port()}/` }).end();
    expect(await toAllowed(aSender())).toMatchObject({ error: 'redirected', status: 307 });
    expect(hits).toBe(1);
  });

  it('ends in its time where the name server, or the receiver, does not answer', async () => {
    const startedAt = performance.now();
    const deaf = aSender({ timeoutMs: 200, resolve: () => new Promise(() => undefined) });
    expect(await toAllowed(deaf)).toMatchObject({ error: 'timed_out', status: null });
    react = () => undefined;
    expect(await toAllowed(aSender({ timeoutMs: 200 }))).toMatchObject({ error: 'timed_out', status: null });
    expect(performance.now() - startedAt).toBeGreaterThan(390);
  });

  it('is delivered once the status is there, though the body never ends', async () => {
    react = (response) => response.writeHead(200).write('begun');
    expect(await toAllowed(aSender({ timeoutMs: 300 }))).toMatchObject({
      error: null,
      status: 200,
      response: 'begun',
    });
  });

  it('reads no more than a little of an endless answer', async () => {
    let written = 0;
    react = (response) => {
      response.writeHead(200);
      const write = () => {
        while (!response.destroyed && response.write('x'.repeat(10_000))) written += 10_000;
      };
      response.on('drain', write);
      write();
    };
    const attempt = await toAllowed(aSender());
    expect(attempt).toMatchObject({ error: null, response: 'x'.repeat(1024) });
    const afterwards = written;
    await delay(50);
    expect(written).toBe(afterwards);
  });

  it('speaks TLS to https, and says so where the other side does not', async () => {
    const sender = aSender();
    expect(await send(sender, `https://hooks.internal:${port()}/`)).toMatchObject({ error: 'tls_failed' });
  });

  it('stops when it is told to', async () => {
    react = () => undefined;
    const stop = new AbortController();
    const attempt = toAllowed(aSender(), stop.signal);
    stop.abort(new Error('stopping'));
    await expect(attempt).rejects.toThrow('stopping');
  });
});
