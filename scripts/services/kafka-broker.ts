import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ok, type Result } from '#libs/domain';
import { anyFreePort, isFree } from '../start/free-port.js';
import { disownFolder, expectUnowned, ownFolder } from './folder-owner.js';
import { hasKafkaJars, kafkaJars } from './kafka/jars.js';
import { findJava } from './kafka/java.js';
import { servesMetadata } from './kafka/metadata-probe.js';
import {
  type BrokerPorts,
  type BrokerProperties,
  serverProperties,
  writeProperties,
} from './kafka/server-properties.js';
import { ensureStorage, type ScramUsers } from './kafka/storage.js';
import { versionOf } from './run-tool.js';
import { ServerProcess } from './server-process.js';
import { ServiceError } from './service-error.js';

const host = '127.0.0.1';

export interface KafkaBrokerOptions {
  /** a free one where none is named */
  port?: number;
  /** keeps the data; without one they go with this process */
  folder?: string;
  /** host:port that clients are told to connect to; that of a proxy, say */
  advertised?: string;
  /** laid over the broker's own; clients come by the listener CLIENT */
  properties?: BrokerProperties;
  /** made when the folder is new */
  scramUsers?: ScramUsers;
  /** hears of what takes long */
  say?: (line: string) => void;
}

/** Whether a broker can be had here: Java to run it, and Maven to fetch it where that has not been done. */
export const kafkaRequirement = async (): Promise<
  Result<{ java: string }, { code: 'unavailable'; detail: string }>
> => {
  const java = await findJava();
  if (!java.ok) return java;
  if (hasKafkaJars() || (await versionOf('mvn', '--version')) !== undefined) return ok({ java: java.value });
  const detail = 'mvn is missing, which would fetch the broker: install Maven (Debian: maven)';
  return { ok: false, code: 'unavailable', detail };
};

/** Fetches the broker where that was not done, so that a later start is quick. @throws ServiceError */
export const prepareKafka = (say: (line: string) => void): Promise<string> => kafkaJars(say);

/** A real Apache Kafka, one node, reachable on this machine only. It ends with this process. */
export class KafkaBroker {
  private constructor(
    private readonly port: number,
    /** its data, configuration and log */
    readonly folder: string,
    private readonly server: ServerProcess,
  ) {}

  /**
   * Resolves once topics can be made.
   * @throws ServiceError when Java or Maven is missing, the port is taken, or the broker does not run: with the reason
   */
  static async start(options: KafkaBrokerOptions = {}): Promise<KafkaBroker> {
    const requirement = await kafkaRequirement();
    if (!requirement.ok) throw new ServiceError(`Kafka cannot run here: ${requirement.detail}.`);
    const jars = await prepareKafka(options.say ?? (() => undefined));
    if (options.folder !== undefined) await expectUnowned(path.resolve(options.folder), 'Kafka');
    const ports = await choosePorts(options.port);
    const folder = await ensureFolder(options.folder);
    const jvm = [requirement.value.java, ...jvmOptions, `-Djava.io.tmpdir=${scratchIn(folder)}`];
    const java = [...jvm, '-cp', path.join(jars, '*')];
    const server = serverOn(folder, { java, ports, isTemporary: options.folder === undefined });
    const broker = new KafkaBroker(ports.client, folder, server);
    try {
      await configure(folder, { java, ports, options });
      await broker.restart();
    } catch (error) {
      await broker.remove();
      throw error;
    }
    return broker;
  }

  /** For clients: host:port. */
  get brokers(): string {
    return `${host}:${this.port}`;
  }

  get pid(): number | undefined {
    return this.server.pid;
  }

  get logFile(): string {
    return this.server.logFile;
  }

  /** Resolves when it has ended in order (SIGTERM). The data stay, for a restart. */
  async stop(): Promise<void> {
    await this.server.stop();
    await disownFolder(this.folder);
  }

  /** As when its machine loses power, only that what it wrote is still with the system (SIGKILL). */
  kill(): Promise<void> {
    return this.server.kill();
  }

  /** Starts it again on the same port and data; stops it first where it still runs. */
  async restart(): Promise<void> {
    await this.server.stop();
    await this.server.start();
    await ownFolder(this.folder, this.server.pid);
  }

  /** Stops it and removes data that are temporary now, instead of at the end of this process. */
  async remove(): Promise<void> {
    await this.stop();
    await this.server.remove();
  }

  /** Resolves with how the process ended. */
  ended(): Promise<string> {
    return this.server.ended();
  }
}

interface Means {
  /** the program and its options */
  java: string[];
  ports: BrokerPorts;
}

const serverOn = (
  folder: string,
  { java: [file, ...args], ports, isTemporary }: Means & { isTemporary: boolean },
): ServerProcess =>
  new ServerProcess({
    name: 'Kafka',
    file: file!,
    args: [...args, 'kafka.Kafka', configIn(folder)],
    folder,
    isTemporary,
    isReady: () => servesMetadata(host, ports.internal),
  });

const configure = async (
  folder: string,
  { java, ports, options }: Means & { options: KafkaBrokerOptions },
): Promise<void> => {
  const data = path.join(folder, 'data');
  await mkdir(scratchIn(folder), { recursive: true, mode: 0o700 });
  const properties = { ...serverProperties(ports, data, options.advertised), ...options.properties };
  await writeFile(configIn(folder), writeProperties(properties), { mode: 0o600 });
  await ensureStorage(data, { java, properties, scramUsers: options.scramUsers ?? {} });
};

const configIn = (folder: string): string => path.join(folder, 'server.properties');
const scratchIn = (folder: string): string => path.join(folder, 'tmp');

/** A small heap, as little as possible outside it, warnings into the log, and no files in the machine's /tmp. */
const jvmOptions = [
  '-Xms64m',
  '-Xmx512m',
  '-XX:+UseSerialGC',
  '-XX:-UsePerfData',
  '-Dorg.apache.logging.log4j.level=WARN',
  '-Djava.awt.headless=true',
];

const choosePorts = async (wanted: number | undefined): Promise<BrokerPorts> => {
  if (wanted !== undefined && wanted !== 0 && !(await isFree(host, wanted))) {
    throw new ServiceError(`Port ${wanted} on ${host} is in use by another process. Choose another one.`);
  }
  const [free, internal, controller] = await Promise.all([
    anyFreePort(host),
    anyFreePort(host),
    anyFreePort(host),
  ]);
  return { client: wanted || free, internal, controller };
};

const ensureFolder = async (wanted: string | undefined): Promise<string> => {
  if (wanted === undefined) return mkdtemp(path.join(tmpdir(), 'sluice-kafka-'));
  const folder = path.resolve(wanted);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  return folder;
};
