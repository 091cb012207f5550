import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { projectRoot } from '#libs/platform';
import { EmbeddedPostgres } from '../start/postgres/embedded-postgres.js';
import { prepareDatabase } from '../start/prepare-database.js';
import { AppProcess } from '../start/processes/app-process.js';
import { LogBook } from '../start/processes/log-book.js';
import { type ProcessWatcher, SupervisedProcess } from '../start/processes/supervised-process.js';
import { freePort } from './peers.js';

/** A gateway on a database of its own; the worker and the review app are elsewhere, as in a larger installation. */
export interface BenchedGateway {
  url: string;
  apiKey: string;
  pid: number;
  /** a value of the gateway's /metrics: of one series (`name{label="value"}`), or summed over the labels of a name */
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
}

export const startGateway = async (env: Record<string, string> = {}): Promise<BenchedGateway> => {
  await mkdir(join(projectRoot, '.data', 'bench'), { recursive: true });
  const dataDir = await mkdtemp(join(projectRoot, '.data', 'bench', 'gateway-'));
  const pids = new Map<string, number>();
  const watcher: ProcessWatcher = {
    started: (name, pid) => void pids.set(name, pid),
    ended: () => undefined,
    crashed: (name, how) => console.error(`${name} ${how}`),
    recovered: () => undefined,
  };
  const specification = await EmbeddedPostgres.prepare(dataDir);
  const postgres = new SupervisedProcess(specification, watcher);
  await postgres.start();
  const { access } = await prepareDatabase(specification.url, dataDir);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const logs = new LogBook(join(dataDir, 'logs'), false);
  const settings = { GATEWAY_PORT: String(port), HOST: '127.0.0.1', RATE_LIMIT_PER_MINUTE: '0', ...env };
  const app = new AppProcess(
    'gateway',
    url,
    { ...settings, DATABASE_URL: specification.url, DATA_DIR: dataDir },
    logs,
  );
  const gateway = new SupervisedProcess(app, watcher);
  await gateway.start();
  return {
    url,
    apiKey: access.apiKey,
    pid: pids.get('gateway')!,
    metric: async (name) => sumOf(name, await (await fetch(`${url}/metrics`)).text()),
    stop: async () => {
      await gateway.stop();
      await postgres.stop();
      await logs.close();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
};

const sumOf = (name: string, exposition: string): number =>
  exposition
    .split('\n')
    .filter((line) => line.startsWith(`${name} `) || line.startsWith(`${name}{`))
    .reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' ') + 1)), 0);
