import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { anyFreePort, isFree } from '../start/free-port.js';
import { disownFolder, expectUnowned, ownFolder } from './folder-owner.js';
import { goRequirement, type GoTool, goTool } from './go/go-tool.js';
import { isAnswering } from './http-probe.js';
import { ServerProcess } from './server-process.js';
import { ServiceError } from './service-error.js';

const host = '127.0.0.1';
const healthPath = '/health';

/** An S3 server over a folder: https://github.com/versity/versitygw. docker-compose.yml runs the same version. */
const versitygw: GoTool = {
  name: 'versitygw',
  package: 'github.com/versity/versitygw/cmd/versitygw',
  version: 'v1.8.0',
};

export interface S3ServerOptions {
  /** a free one where none is named */
  port?: number;
  /** keeps the objects; without one they go with this process */
  folder?: string;
  /** hears of what takes long */
  say?: (line: string) => void;
}

export const s3Requirement = (): ReturnType<typeof goRequirement> => goRequirement(versitygw);

/** Builds the server where that was not done, so that a later start is quick. @throws ServiceError */
export const prepareS3 = (say: (line: string) => void): Promise<string> => goTool(versitygw, say);

/** A real S3 server with one bucket, reachable on this machine only. It ends with this process. */
export class S3Server {
  readonly bucket = 'sluice';
  readonly region = 'us-east-1';

  private constructor(
    private readonly port: number,
    private readonly folder: string,
    private readonly credentials: { accessKeyId: string; secretAccessKey: string },
    private readonly server: ServerProcess,
  ) {}

  /** @throws ServiceError when Go is missing, the port is taken, or the server does not run: with the reason */
  static async start(options: S3ServerOptions = {}): Promise<S3Server> {
    const requirement = await s3Requirement();
    if (!requirement.ok) throw new ServiceError(`The S3 server cannot run here: ${requirement.detail}.`);
    const program = await prepareS3(options.say ?? (() => undefined));
    if (options.folder !== undefined) await expectUnowned(path.resolve(options.folder), 'S3');
    const port = await choosePort(options.port);
    const folder = options.folder ?? (await mkdtemp(path.join(tmpdir(), 'sluice-s3-')));
    const started = create(program, { port, folder: path.resolve(folder), isTemporary: !options.folder });
    const server = new S3Server(port, folder, started.credentials, started.process);
    try {
      // The gateway takes every folder in the one it serves for a bucket.
      await mkdir(path.join(objectsIn(folder), server.bucket), { recursive: true, mode: 0o700 });
      await server.restart();
    } catch (error) {
      await server.remove();
      throw error;
    }
    return server;
  }

  get endpoint(): string {
    return `http://${host}:${this.port}`;
  }

  /** host:port, for a proxy before it */
  get address(): string {
    return `${host}:${this.port}`;
  }

  get accessKeyId(): string {
    return this.credentials.accessKeyId;
  }

  get secretAccessKey(): string {
    return this.credentials.secretAccessKey;
  }

  get pid(): number | undefined {
    return this.server.pid;
  }

  /** Resolves when it has ended in order (SIGTERM). The objects stay, for a restart. */
  async stop(): Promise<void> {
    await this.server.stop();
    await disownFolder(this.folder);
  }

  kill(): Promise<void> {
    return this.server.kill();
  }

  /** Starts it again with the same port, credentials and objects; stops it first where it still runs. */
  async restart(): Promise<void> {
    await this.server.stop();
    await this.server.start();
    await ownFolder(this.folder, this.server.pid);
  }

  /** Stops it and removes objects that are temporary now, instead of at the end of this process. */
  async remove(): Promise<void> {
    await this.stop();
    await this.server.remove();
  }
}

const create = (
  program: string,
  { port, folder, isTemporary }: { port: number; folder: string; isTemporary: boolean },
): { process: ServerProcess; credentials: { accessKeyId: string; secretAccessKey: string } } => {
  const credentials = {
    accessKeyId: `SLUICE${randomBytes(7).toString('hex').toUpperCase()}`,
    secretAccessKey: randomBytes(30).toString('base64url'),
  };
  const process = new ServerProcess({
    name: 'S3',
    file: program,
    args: ['--quiet', '--keep-alive', 'posix', objectsIn(folder)],
    // Not as arguments, which every user of the machine can read.
    env: {
      VGW_PORT: `${host}:${port}`,
      VGW_HEALTH: healthPath,
      ROOT_ACCESS_KEY: credentials.accessKeyId,
      ROOT_SECRET_KEY: credentials.secretAccessKey,
    },
    folder,
    isTemporary,
    isReady: () => isAnswering(`http://${host}:${port}${healthPath}`),
  });
  return { process, credentials };
};

const objectsIn = (folder: string): string => path.join(folder, 'objects');

const choosePort = async (wanted: number | undefined): Promise<number> => {
  if (!wanted) return anyFreePort(host);
  if (await isFree(host, wanted)) return wanted;
  throw new ServiceError(`Port ${wanted} on ${host} is in use by another process. Choose another one.`);
};
