import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { WebhookBody } from '#libs/domain';

/** A delivery as it arrived. */
export interface Received {
  deliveryId: string;
  signature: string;
  headers: IncomingMessage['headers'];
  raw: string;
  body: WebhookBody;
}

/** What the receiver does with a delivery: answer with a status, or anything else. */
export type Reaction = number | ((response: ServerResponse) => void);

/** Somebody's webhook receiver, on a port of this machine. */
export class WebhookReceiver {
  readonly received: Received[] = [];
  private server: Server | undefined;
  private port = 0;

  constructor(private react: (received: Received) => Reaction = () => 204) {}

  static async start(react?: (received: Received) => Reaction): Promise<WebhookReceiver> {
    const receiver = new WebhookReceiver(react);
    await receiver.listen();
    return receiver;
  }

  /** Again on the port that it had before. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => void this.answer(request, response));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.port, '127.0.0.1', resolve);
    });
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/hook`;
  }

  from(react: (received: Received) => Reaction): void {
    this.react = react;
  }

  /** Cuts what is under way. */
  async close(): Promise<void> {
    const { server } = this;
    this.server = undefined;
    if (!server) return;
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const raw = await text(request).catch(() => undefined);
    if (raw === undefined) return;
    const received: Received = {
      deliveryId: String(request.headers['sluice-delivery']),
      signature: String(request.headers['sluice-signature']),
      headers: request.headers,
      raw,
      body: JSON.parse(raw) as WebhookBody,
    };
    this.received.push(received);
    const reaction = this.react(received);
    if (typeof reaction === 'number') response.writeHead(reaction).end();
    else reaction(response);
  }
}
