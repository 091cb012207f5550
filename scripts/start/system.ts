import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import type { DemoAccess } from './demo-access.js';
import { takePort } from './free-port.js';
import { ProcessTable } from './instance/process-table.js';
import { buildModelPacks } from './model-packs.js';
import { EmbeddedPostgres } from './postgres/embedded-postgres.js';
import { AppProcess } from './processes/app-process.js';
import { LogBook } from './processes/log-book.js';
import { type ProcessSpec, type ProcessWatcher, SupervisedProcess } from './processes/supervised-process.js';
import type { Progress } from './progress.js';
import { ensureSecretsKey } from './secrets-key.js';
import { type AppName, shown, type StartSettings } from './settings.js';

export interface RunningSystem {
  urls: Record<AppName, string>;
  access: DemoAccess;
}

/** Everything that `npm start` starts: the database, and the three apps on it. */
export class System {
  private readonly logs: LogBook;
  private readonly table: ProcessTable;
  private readonly processes = new Map<string, SupervisedProcess>();
  private readonly stopping = new AbortController();

  constructor(
    private readonly settings: StartSettings,
    private readonly progress: Progress,
  ) {
    this.logs = new LogBook(path.join(settings.dataDir, 'logs'), settings.verbose);
    this.table = new ProcessTable(settings.dataDir);
  }

  /**
   * Resolves once all three apps are ready.
   * @throws StartError, ProcessFailed: nothing is stopped yet then
   */
  async start(): Promise<RunningSystem> {
    for (const folder of ['logs', 'blobs']) {
      await mkdir(path.join(this.settings.dataDir, folder), { recursive: true, mode: 0o700 });
    }
    const leftovers = await this.table.endLeftovers();
    if (leftovers.length > 0)
      this.progress.warn(`Ended what an earlier start left running: ${leftovers.join(', ')}`);
    const ports = await this.takePorts();
    // Building packs keeps a core busy, making a database waits for the disk: they share the time.
    const [database] = await Promise.all([this.startDatabase(), this.buildPacks()]);
    const secretsKey = this.settings.secretsKey ?? (await ensureSecretsKey(this.settings.dataDir));
    const apps = appNames.map((name) => this.app(name, ports, database.appUrl, secretsKey));
    await Promise.all(apps.map((app) => this.startProcess(app)));
    return {
      urls: Object.fromEntries(apps.map(({ name, url }) => [name, url])) as Record<AppName, string>,
      access: database.access,
    };
  }

  /** The apps first, each finishing what it has in hand; the database that they write it to last. */
  async stop(): Promise<void> {
    this.stopping.abort();
    for (const name of [...appNames, 'postgres']) {
      const process = this.processes.get(name);
      if (!process) continue;
      await process.stop();
      this.progress.step(`Stopped ${name}`);
    }
    await this.logs.close();
  }

  /** At once, whatever is in flight. Postgres recovers from this at its next start. */
  kill(): void {
    for (const process of this.processes.values()) process.kill();
  }

  /** Where everything stands that a process said. */
  logFileOf(name: string): string {
    return this.logs.fileOf(name);
  }

  private async takePorts(): Promise<Record<AppName, number>> {
    const { host, ports } = this.settings;
    const taken = await Promise.all(
      ports.map(async (wish) => [wish.app, await takePort(host, wish)] as const),
    );
    return Object.fromEntries(taken) as Record<AppName, number>;
  }

  private buildPacks(): Promise<void> {
    return buildModelPacks(this.stopping.signal, (line) =>
      this.progress.step(`Model pack ${line.replace(/, sha256.*/, '')}`),
    );
  }

  /** As the owner; the apps get a login that can do less. */
  private async startDatabase(): Promise<{ appUrl: string; access: DemoAccess }> {
    const { databaseUrl, appDatabaseUrl, dataDir } = this.settings;
    const own = databaseUrl === undefined ? await this.startPostgres() : undefined;
    const url = databaseUrl ?? own!.url;
    // Only now: an ORM takes a while to load, and Postgres has used that time to start.
    const { prepareDatabase } = await import('./prepare-database.js');
    const { applied, access, hasAppRole } = await prepareDatabase(
      url,
      dataDir,
      own ? undefined : appDatabaseUrl,
    );
    if (applied > 0) this.progress.step(`Applied ${applied} migration${applied === 1 ? '' : 's'}`);
    const appUrl = own?.appUrl ?? appDatabaseUrl;
    if (appUrl !== undefined && hasAppRole) return { appUrl, access };
    this.progress.warn(appsOwnTheirTables);
    return { appUrl: url, access };
  }

  private async startPostgres(): Promise<EmbeddedPostgres> {
    const { dataDir } = this.settings;
    const postgres = await EmbeddedPostgres.prepare(dataDir);
    if (postgres.isNew) this.progress.step(`Made a database in ${shown(dataDir)}/postgres`);
    await this.startProcess(postgres);
    return postgres;
  }

  private app(
    name: AppName,
    ports: Record<AppName, number>,
    databaseUrl: string,
    secretsKey: string,
  ): AppProcess {
    const { host, dataDir } = this.settings;
    const env = {
      [`${name.toUpperCase()}_PORT`]: String(ports[name]),
      HOST: host,
      DATABASE_URL: databaseUrl,
      DATA_DIR: dataDir,
      ...(name === 'review' ? { SECRETS_KEY: secretsKey } : {}),
    };
    return new AppProcess(name, `http://${reachableHost(host)}:${ports[name]}`, env, this.logs);
  }

  private async startProcess(spec: ProcessSpec): Promise<void> {
    // stop() has looked through the list already, and would miss a late one.
    this.stopping.signal.throwIfAborted();
    const process = new SupervisedProcess(spec, this.watcher);
    this.processes.set(spec.name, process);
    await process.start();
    this.progress.step(`${spec.name} is ready`);
  }

  private readonly watcher: ProcessWatcher = {
    started: (name, pid) => {
      // Postgres keeps its own pid file, and must never be ended by SIGKILL.
      if (name !== 'postgres') void this.table.add(name, pid);
    },
    ended: (name) => void this.table.remove(name),
    crashed: (name, how, nextStartInMs) =>
      this.progress.warn(`${name} ${how}; starting it again in ${nextStartInMs / 1000} s`),
    recovered: (name) => this.progress.step(`${name} is ready again`),
  };
}

const appsOwnTheirTables =
  'The apps own their tables, and could take the guard off the audit: APP_DATABASE_URL gives them a login that cannot';

const appNames: AppName[] = ['gateway', 'worker', 'review'];

/** 0.0.0.0 and :: mean every address of this machine; a client needs one. */
const reachableHost = (host: string): string => {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
};
