import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { z } from 'zod';
import { connectDatabase, type DataSource } from '#libs/database';
import { projectRoot } from '#libs/platform';
import { ModeratorClient } from '../../scripts/client/moderator-client.js';
import { GatewayClient } from '../../scripts/client/sluice-client.js';
import { identify, isAlive, type ProcessIdentity } from '../../scripts/start/instance/process-identity.js';
import { databaseUrl, readAccess } from '../../scripts/start/postgres/access.js';
import type { Running } from '../../scripts/start/running-file.js';

/** Starting takes seconds on an idle machine; a busy one is given time. */
export const startLimitMs = 120_000;

export type ProcessName = 'supervisor' | 'gateway' | 'worker' | 'review' | 'postgres';

const tableSchema = z.record(z.string(), z.object({ pid: z.number(), startedAt: z.string() }));

/** `npm start` on a folder of its own and free ports: the real supervisor, as a process. */
export class Installation {
  private supervisor: ChildProcess | undefined;
  private said = '';

  private constructor(readonly folder: string) {}

  static async create(): Promise<Installation> {
    const folder = await mkdtemp(path.join(tmpdir(), 'sluice-e2e-'));
    // As root, Postgres runs under another account, which must get through.
    await chmod(folder, 0o711);
    return new Installation(folder);
  }

  /** Another supervisor for a folder that has one. */
  static on(folder: string): Installation {
    return new Installation(folder);
  }

  get dataDir(): string {
    return path.join(this.folder, 'data');
  }

  /** Everything that the supervisor printed so far. */
  get output(): string {
    return this.said;
  }

  /** Resolves with what the supervisor wrote once all was ready. */
  async start(env: Record<string, string> = {}): Promise<Running> {
    const jsonFile = path.join(this.folder, 'running.json');
    // A supervisor that was killed has left its own behind.
    await rm(jsonFile, { force: true });
    const exit = this.launch({ json: jsonFile, env });
    const ended = exit.then((code) => {
      throw new Error(`The supervisor ended with ${code} instead of starting:\n${this.said}`);
    });
    ended.catch(() => undefined);
    await Promise.race([fileAppears(jsonFile), ended]);
    expectOwnersOnly((await stat(jsonFile)).mode);
    return JSON.parse(await readFile(jsonFile, 'utf8')) as Running;
  }

  /** Starts the supervisor, for a start that is meant to fail. Resolves with its exit code. */
  async launch({ json, env = {} }: { json?: string; env?: Record<string, string> } = {}): Promise<
    number | null
  > {
    this.said = '';
    const child = spawn(
      process.execPath,
      ['scripts/run.mjs', 'start/main', ...(json === undefined ? [] : ['--json', json])],
      {
        cwd: projectRoot,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, ...ownEnvironment(this.dataDir), ...env },
      },
    );
    const keep = (chunk: Buffer): void => void (this.said += chunk.toString());
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    if (json !== undefined) this.supervisor = child;
    await once(child, 'close');
    return child.exitCode;
  }

  /** Ctrl-C, unless another signal is named. Resolves with the exit code; null where the signal killed it. */
  async stop(signal: NodeJS.Signals = 'SIGINT'): Promise<number | null> {
    const { supervisor } = this;
    this.supervisor = undefined;
    if (!supervisor || supervisor.exitCode !== null) return supervisor?.exitCode ?? null;
    const closed = once(supervisor, 'exit');
    supervisor.kill(signal);
    await closed;
    return supervisor.exitCode;
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Every process of the system, by name. */
  async processes(): Promise<Partial<Record<ProcessName, ProcessIdentity>>> {
    const table = tableSchema.parse(
      JSON.parse(await readFile(path.join(this.dataDir, 'processes.json'), 'utf8')),
    );
    const postmaster = await readFile(path.join(this.dataDir, 'postgres', 'postmaster.pid'), 'utf8');
    return {
      ...table,
      postgres: await identify(Number.parseInt(postmaster, 10)),
      supervisor: await identify(this.supervisor!.pid!),
    };
  }

  async kill(name: ProcessName): Promise<ProcessIdentity> {
    const process_ = (await this.processes())[name];
    if (!process_) throw new Error(`${name} does not run`);
    process.kill(process_.pid, 'SIGKILL');
    return process_;
  }

  async database(): Promise<DataSource> {
    const access = await readAccess(this.dataDir);
    return connectDatabase({ url: databaseUrl(access!), poolSize: 1, applicationName: 'sluice-e2e' });
  }
}

export const gatewayOf = ({ gateway, apiKey }: Running): GatewayClient => new GatewayClient(gateway, apiKey);

export const moderatorOf = ({ review, logins }: Running): Promise<ModeratorClient> =>
  ModeratorClient.signIn(review, logins[0]!);

export const survivors = async (
  processes: Partial<Record<ProcessName, ProcessIdentity>>,
): Promise<string[]> => {
  const named = Object.entries(processes);
  const alive = await Promise.all(named.map(([, identity]) => isAlive(identity)));
  return named.filter((_, index) => alive[index]).map(([name]) => name);
};

/** Nothing that the machine's environment says about another installation may leak into this one. */
const ownEnvironment = (dataDir: string): Record<string, string> => ({
  DATA_DIR: dataDir,
  GATEWAY_PORT: '0',
  WORKER_PORT: '0',
  REVIEW_PORT: '0',
  DATABASE_URL: '',
  // Chance makes no cases.
  GOLDEN_RATE: '0',
  SECOND_LOOK_RATE: '0',
  NODE_OPTIONS: '',
});

const pollMs = 50;

const fileAppears = async (file: string): Promise<void> => {
  for (const givenUpAt = Date.now() + startLimitMs; !existsSync(file);) {
    if (Date.now() > givenUpAt) throw new Error(`${file} did not appear`);
    await new Promise((done) => setTimeout(done, pollMs));
  }
};

const expectOwnersOnly = (mode: number): void => {
  if ((mode & 0o077) !== 0) throw new Error('Others may read the file with the credentials');
};
