import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { WebhookBody } from '#libs/domain';

/** A delivery that was answered with 200, in the order of the answers. */
export interface Taken {
  contentId: string;
  /** the place of the event among its content's */
  at: number;
  deliveryId: string;
}

/** A webhook receiver that refuses a share of what it is sent, at random, and can be restarted. */
export class FailingReceiver {
  readonly taken: Taken[] = [];
  requests = 0;
  private server: Server | undefined;
  private port = 0;

  constructor(
    private readonly failedShare: number,
    /** milliseconds before it answers; null: it never does */
    private readonly answerMs: number | null,
  ) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  /** On the port that it had before, if it had one. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => void this.answer(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Cuts what is under way, as a crash does. */
  async crash(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests++;
    const raw = await text(request).catch(() => undefined);
    if (raw === undefined || this.answerMs === null) return;
    setTimeout(() => {
      if (Math.random() < this.failedShare) return void response.writeHead(500).end();
      if (response.destroyed) return;
      const { contentId, data } = JSON.parse(raw) as WebhookBody;
      this.taken.push({
        contentId: contentId!,
        at: Number(data['at']),
        deliveryId: String(request.headers['sluice-delivery']),
      });
      response.writeHead(200).end();
    }, this.answerMs);
  }
}
