import { EmbeddedPostgres } from '../../start/postgres/embedded-postgres.js';
import { SupervisedProcess } from '../../start/processes/supervised-process.js';

/** A real Postgres that comes back after it was ended, on the same port and data. Commits wait for the disk, as in life. */
export class RestartablePostgres {
  private pid: number | undefined;
  private recoveries = 0;
  private readonly server: SupervisedProcess;

  private constructor(private readonly spec: EmbeddedPostgres) {
    this.server = new SupervisedProcess(spec, {
      started: (_, pid) => void (this.pid = pid),
      ended: () => void (this.pid = undefined),
      crashed: () => undefined,
      recovered: () => void this.recoveries++,
    });
  }

  static async start(folder: string): Promise<RestartablePostgres> {
    // Six apps with their pools, and the suite.
    const postgres = new RestartablePostgres(
      await EmbeddedPostgres.prepare(folder, { max_connections: 300 }),
    );
    await postgres.server.start();
    return postgres;
  }

  /** Not through any proxy. */
  get url(): string {
    return this.spec.url;
  }

  /**
   * Ends it, and resolves once it is ready again: `fast` breaks off what is at work (SIGINT), `immediate` does not even
   * tell its own children (SIGQUIT), so that it recovers from its log.
   */
  async restart(how: 'fast' | 'immediate', signal: AbortSignal): Promise<void> {
    const before = this.recoveries;
    if (this.pid === undefined) return;
    process.kill(this.pid, how === 'fast' ? 'SIGINT' : 'SIGQUIT');
    while (this.recoveries === before) {
      signal.throwIfAborted();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  stop(): Promise<void> {
    return this.server.stop();
  }
}
