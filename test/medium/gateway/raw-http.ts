import { connect } from 'node:net';

/**
 * Writes bytes to a server as they are, and gives all that it answers until it closes the connection, or `enough`
 * matches.
 *
 * @param finish `end` closes the writing half after the last byte, as a client does that has nothing more to send;
 * `hold` leaves it open
 */
export const exchange = (
  port: number,
  parts: (string | Buffer)[],
  { finish = 'hold', enough }: { finish?: 'end' | 'hold'; enough?: RegExp } = {},
): Promise<string> =>
  new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => {
      for (const part of parts) socket.write(part);
      if (finish === 'end') socket.end();
    });
    const done = (): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
      if (enough?.test(answer)) done();
    });
    // The server may cut a connection that sends too much: what it answered before that counts.
    socket.on('error', done).on('close', done);
  });

export const requestHead = (key: string, headers: Record<string, string | number>): string =>
  [
    'POST /v1/moderate HTTP/1.1',
    'host: gateway',
    `authorization: Bearer ${key}`,
    ...Object.entries(headers).map(([name, value]) => `${name}: ${value}`),
    '',
    '',
  ].join('\r\n');

export const chunk = (bytes: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from('\r\n')]);
