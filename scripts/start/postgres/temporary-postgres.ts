import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type ProcessWatcher, SupervisedProcess } from '../processes/supervised-process.js';
import { EmbeddedPostgres } from './embedded-postgres.js';

/** Nothing in it outlives the process, so it need not survive a power cut. */
const settings = {
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_connections: 300,
  shared_buffers: '64MB',
};

const silent: ProcessWatcher = {
  started: () => undefined,
  ended: () => undefined,
  crashed: () => undefined,
  recovered: () => undefined,
};

export interface TemporaryPostgres {
  /** database and role of the apps */
  url: string;
  /** database `postgres`, as superuser */
  superuserUrl: string;
  stop(): Promise<void>;
}

/** A throw-away server on an ephemeral port, in a folder that goes with it: for checks and tests. */
export const startTemporaryPostgres = async (): Promise<TemporaryPostgres> => {
  const folder = await mkdtemp(path.join(tmpdir(), 'sluice-postgres-'));
  const postgres = await EmbeddedPostgres.prepare(folder, settings);
  const server = new SupervisedProcess(postgres, silent);
  await server.start();
  return {
    url: postgres.url,
    superuserUrl: postgres.superuserUrl,
    stop: async () => {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
};
