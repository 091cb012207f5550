import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import type { ProcessSpec } from '../processes/supervised-process.js';
import {
  appDatabaseUrl,
  appLogin,
  appRole,
  databaseUrl,
  ensureAccess,
  localhost,
  ownerRole,
  type PostgresAccess,
} from './access.js';
import { postgresAccount } from './account.js';
import { type PostgresBinaries, postgresBinaries } from './binaries.js';
import { ensureCluster, superuser } from './cluster.js';
import { endWithUs } from './end-with-us.js';
import { type Launcher, launcherFor } from './launcher.js';
import { endLeftoverPostmaster } from './leftover-postmaster.js';

const pollMs = 20;

interface Parts {
  binaries: PostgresBinaries;
  launcher: Launcher;
  access: PostgresAccess;
  folder: string;
  logFile: string;
  settings: Record<string, string | number>;
}

/** The database server of a one-machine installation: data in `<data dir>/postgres`, reachable on this machine only. */
export class EmbeddedPostgres implements ProcessSpec {
  readonly name = 'postgres';
  /** "Fast shutdown": open transactions are rolled back, everything else is on disk. */
  readonly stopSignal = 'SIGINT';

  private constructor(
    private readonly parts: Parts,
    /** whether this start made a new database cluster */
    readonly isNew: boolean,
  ) {}

  /**
   * Makes the cluster where there is none, and ends a server that an earlier supervisor left behind.
   * @param settings laid over the server's own configuration
   * @throws StartError when Postgres cannot run here, saying what to do
   */
  static async prepare(dataDir: string, settings: Parts['settings'] = {}): Promise<EmbeddedPostgres> {
    const [binaries, account] = await Promise.all([postgresBinaries(), postgresAccount()]);
    const folder = path.join(dataDir, 'postgres');
    await endLeftoverPostmaster(folder);
    const launcher = await launcherFor(account, { program: binaries.postgres, dataDir });
    const access = await ensureAccess(dataDir);
    const { superuserPassword: password } = access;
    const isNew = await ensureCluster(folder, { binaries, account, launcher, password });
    const logFile = path.join(dataDir, 'logs', 'postgres.log');
    mkdirSync(path.dirname(logFile), { recursive: true, mode: 0o700 });
    return new EmbeddedPostgres({ binaries, launcher, access, folder, logFile, settings }, isNew);
  }

  /** For migrations and administrators' programs: the owner of all tables. */
  get url(): string {
    return databaseUrl(this.parts.access);
  }

  /** For the apps, which can neither change nor delete what is append-only. */
  get appUrl(): string {
    return appDatabaseUrl(this.parts.access);
  }

  /** For those who make databases of their own: URL of the database `postgres`, as superuser. */
  get superuserUrl(): string {
    const { superuserPassword, port } = this.parts.access;
    return `postgres://${superuser}:${superuserPassword}@${localhost}:${port}/postgres`;
  }

  spawn(): ChildProcess {
    const { binaries, launcher, access, folder, logFile } = this.parts;
    const log = openSync(logFile, 'a', 0o600);
    const settings = {
      listen_addresses: localhost,
      port: access.port,
      unix_socket_directories: '',
      // Three apps and whoever looks on with psql.
      max_connections: 100,
      log_timezone: 'UTC',
      timezone: 'UTC',
      ...this.parts.settings,
    };
    const given = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const { file, args, options } = launcher(binaries.postgres, ['-D', folder, ...given]);
    const server = spawn(file, args, {
      ...options,
      cwd: folder,
      // A process group of its own: Ctrl-C in the terminal reaches the supervisor only, which ends the apps first.
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, LC_ALL: 'C' },
    });
    closeSync(log);
    endWithUs(server);
    return server;
  }

  /** Resolves once the roles and the database are there. Rejects when `signal` aborts. */
  async waitUntilReady(signal: AbortSignal): Promise<void> {
    for (;;) {
      const client = this.client('postgres');
      try {
        await client.connect();
        await this.ensureAppDatabase(client);
        return;
      } catch (error) {
        if (!isStartingUp(error)) throw error;
        await delay(pollMs, undefined, { signal });
      } finally {
        await client.end().catch(() => undefined);
      }
    }
  }

  private client(database: string): pg.Client {
    const { access } = this.parts;
    return new pg.Client({
      host: localhost,
      port: access.port,
      user: superuser,
      password: access.superuserPassword,
      database,
    });
  }

  /** Neither owner nor apps are superusers: what they can break is their own database. */
  private async ensureAppDatabase(client: pg.Client): Promise<void> {
    const { password, appPassword } = this.parts.access;
    await ensureRole(client, ownerRole, `LOGIN PASSWORD ${client.escapeLiteral(password)}`);
    await ensureRole(client, appRole, 'NOLOGIN');
    await ensureRole(
      client,
      appLogin,
      `LOGIN PASSWORD ${client.escapeLiteral(appPassword)} IN ROLE ${appRole}`,
    );
    const database = await client.query('SELECT FROM pg_database WHERE datname = $1', [ownerRole]);
    if (!database.rowCount) await client.query(`CREATE DATABASE ${ownerRole} OWNER ${ownerRole}`);
  }
}

const ensureRole = async (client: pg.Client, name: string, options: string): Promise<void> => {
  const found = await client.query('SELECT FROM pg_roles WHERE rolname = $1', [name]);
  if (!found.rowCount) await client.query(`CREATE ROLE ${name} ${options}`);
};

/**
 * Not listening yet, or SQLSTATE 57P03 (cannot_connect_now): it is still recovering. No `instanceof Error`: within Jest
 * a socket's error belongs to another realm.
 */
const isStartingUp = (error: unknown): boolean =>
  typeof error === 'object' &&
  error !== null &&
  'code' in error &&
  (error.code === 'ECONNREFUSED' || error.code === '57P03');
