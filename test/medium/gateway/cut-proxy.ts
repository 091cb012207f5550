import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

/** A wire between two processes that a test can cut and mend. */
export class CutProxy {
  private readonly sockets = new Set<Socket>();
  private isCut = false;

  private constructor(private readonly server: Server) {}

  static async before(host: string, port: number): Promise<CutProxy> {
    const server = createServer();
    const proxy = new CutProxy(server);
    server.on('connection', (caller) => {
      if (proxy.isCut) return caller.destroy();
      const target = connect(port, host);
      for (const [socket, other] of [
        [caller, target],
        [target, caller],
      ] as const) {
        proxy.sockets.add(socket);
        socket.pipe(other);
        socket
          .on('error', () => other.destroy())
          .on('close', () => {
            other.destroy();
            proxy.sockets.delete(socket);
          });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  cut(): void {
    this.isCut = true;
    for (const socket of this.sockets) socket.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.server.close(resolve));
  }
}
