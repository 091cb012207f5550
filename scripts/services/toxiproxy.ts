import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { anyFreePort } from '../start/free-port.js';
import { goRequirement, type GoTool, goTool } from './go/go-tool.js';
import { isAnswering } from './http-probe.js';
import { ServerProcess } from './server-process.js';
import { ServiceError } from './service-error.js';
import { Proxy } from './toxiproxy/proxy.js';
import { ToxiproxyApi } from './toxiproxy/api.js';

const host = '127.0.0.1';

const toxiproxy: GoTool = {
  name: 'toxiproxy',
  package: 'github.com/Shopify/toxiproxy/v2/cmd/server',
  version: 'v2.12.0',
};

export const toxiproxyRequirement = (): ReturnType<typeof goRequirement> => goRequirement(toxiproxy);

/** A server of TCP proxies that cut, delay and stall what passes, on this machine only. It ends with this process. */
export class Toxiproxy {
  private constructor(
    private readonly server: ServerProcess,
    private readonly api: ToxiproxyApi,
  ) {}

  /** @throws ServiceError when Go is missing, or the server does not run: with the reason */
  static async start({ say = () => undefined }: { say?: (line: string) => void } = {}): Promise<Toxiproxy> {
    const requirement = await toxiproxyRequirement();
    if (!requirement.ok) throw new ServiceError(`Toxiproxy cannot run here: ${requirement.detail}.`);
    const program = await goTool(toxiproxy, say);
    const port = await anyFreePort(host);
    const url = `http://${host}:${port}`;
    const server = new ServerProcess({
      name: 'Toxiproxy',
      file: program,
      args: ['-host', host, '-port', String(port)],
      // Otherwise it writes a line for every connection.
      env: { LOG_LEVEL: 'error' },
      folder: await mkdtemp(path.join(tmpdir(), 'sluice-toxiproxy-')),
      isTemporary: true,
      isReady: () => isAnswering(`${url}/version`),
    });
    try {
      await server.start();
    } catch (error) {
      await server.remove();
      throw error;
    }
    return new Toxiproxy(server, new ToxiproxyApi(url));
  }

  /**
   * A proxy that listens from now on.
   * @param upstream host:port of the server behind it, which need not run yet
   * @param listen port on this machine; a free one where none is named
   */
  async proxy(wish: { name: string; upstream: string; listen?: number }): Promise<Proxy> {
    const { name, upstream, listen = 0 } = wish;
    const created = await this.api.createProxy({ name, upstream, listen: `${host}:${listen}` });
    return new Proxy(this.api, name, created.listen);
  }

  /** Ends it, with all connections through it. */
  stop(): Promise<void> {
    return this.server.remove();
  }
}
