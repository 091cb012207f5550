import { once } from 'node:events';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { Toxiproxy } from '../../scripts/services/toxiproxy.js';
import type { Proxy } from '../../scripts/services/toxiproxy/proxy.js';

describe('A proxy that makes faults', () => {
  let echo: Server;
  let toxiproxy: Toxiproxy;
  let proxy: Proxy;
  const sockets: Socket[] = [];
  beforeAll(async () => {
    echo = createServer((socket) => socket.on('error', () => undefined).pipe(socket));
    await once(echo.listen(0, '127.0.0.1'), 'listening');
    toxiproxy = await Toxiproxy.start();
    const upstream = `127.0.0.1:${(echo.address() as AddressInfo).port}`;
    proxy = await toxiproxy.proxy({ name: 'echo', upstream });
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    await proxy.clear();
    await proxy.restore();
  });
  afterAll(async () => {
    await toxiproxy.stop();
    echo.close();
  });

  const connected = async (): Promise<Socket> => {
    const socket = connect(proxy.port, '127.0.0.1');
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  };
  const answerTo = async (socket: Socket, word: string): Promise<string> => {
    const answer = once(socket, 'data') as Promise<[Buffer]>;
    socket.write(word);
    return (await answer)[0].toString();
  };

  it('passes on what it gets while nothing is asked of it', async () => {
    expect(await answerTo(await connected(), 'hello')).toBe('hello');
  });

  it('drops its connections and refuses new ones while it is cut, and takes them again after', async () => {
    const socket = await connected();
    await answerTo(socket, 'hello');
    const closed = once(socket, 'close');

    await proxy.cut();
    await closed;
    await expect(connected()).rejects.toMatchObject({ code: 'ECONNREFUSED' });

    await proxy.restore();
    expect(await answerTo(await connected(), 'again')).toBe('again');
  });

  it('takes connections but lets nothing through while it is stalled', async () => {
    await proxy.stall();
    const socket = await connected();
    let answered = false;
    socket.once('data', () => (answered = true));
    const closed = once(socket, 'close');
    socket.write('lost');

    await proxy.clear();
    await closed;

    expect(answered).toBe(false);
    expect(await answerTo(await connected(), 'again')).toBe('again');
  });

  it('refuses a toxic that it does not know, and says so', async () => {
    await expect(proxy.addToxic({ type: 'nonsense' as 'latency' })).rejects.toThrow(/nonsense|invalid/);
  });
});
